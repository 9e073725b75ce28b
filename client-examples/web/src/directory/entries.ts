/** What the sections of the directory list. */
export type {
  ContactFieldsFragment as Contact,
  DeviceFieldsFragment as Device,
  GroupFieldsFragment as Group,
  TemplateFieldsFragment as Template,
} from "../generated/graphql";
