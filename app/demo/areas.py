"""What the demo has beside its chat: people to write to, and messages that wait for their day."""

from datetime import timedelta
from uuid import UUID

from analysis.templates import Variable
from gateways.loopback_told import Told
from models.audience import IdentityKind, VariableType
from resolvers import (
    contacts,
    device_changes,
    devices,
    labels,
    recipient_groups,
    templates,
)
from resolvers.contact_details import ContactDetails
from resolvers.contact_identities import GivenIdentity
from resolvers.context import Context
from resolvers.device_settings import DeviceSettings
from resolvers.paging import page_request
from resolvers.recipients import GivenAudience
from resolvers.scheduling import NewSchedule, create_schedule
from resolvers.template_details import TemplateDetails
from resolvers.timing import GivenTiming
from resolvers.wording import GivenMessage

ZONE = "Europe/Berlin"
# Numbers that the regulators keep for films and examples.
PEOPLE = (
    (ContactDetails("Oma Helga", "de", ZONE), IdentityKind.PHONE, "+44 7700 900123"),
    (ContactDetails("Samir", "ar", "Africa/Cairo"), IdentityKind.PHONE, "+44 7700 900456"),
    (ContactDetails("Yuki", "ja", "Asia/Tokyo"), IdentityKind.EMAIL, "yuki@example.com"),
    (ContactDetails("Carmen", "es", "Europe/Madrid"), IdentityKind.EMAIL, "carmen@example.com"),
)
GROUP, DEVICE = "Family abroad", "Loopback"
REMINDER = TemplateDetails(
    "Reminder",
    "en",
    "Hello {{contact.name}}, remember: {{what}}!",
    (Variable("what", VariableType.TEXT, required=True, example="the train leaves at nine"),),
)
LABELS = (("Family", "#8e3b6d"), ("Travel", "#1f6f8b"))
BIRTHDAY_IN = timedelta(days=30)
CALL_IN = timedelta(days=3)


async def fill_areas(context: Context) -> None:
    """Make what is not there of it, by its name: after a crash it is made to its end."""
    device_id = await _device(context)
    people = [await _contact(context, *each) for each in PEOPLE]
    group_id = await _group(context, people)
    template_id = await _template(context)
    await _labels(context)
    hour = context.services.clock().replace(minute=0, second=0, microsecond=0)
    for new in (
        NewSchedule(
            GivenMessage(template_id=template_id, variables={"what": "Leo's birthday is today"}),
            GivenAudience(group_id=group_id),
            GivenTiming(hour + BIRTHDAY_IN, ZONE),
            device_id=device_id,
            idempotency_key="demo-birthday",
        ),
        NewSchedule(
            GivenMessage("The family call begins in an hour."),
            GivenAudience(group_id=group_id),
            GivenTiming(hour + CALL_IN, ZONE, recurrence="FREQ=WEEKLY"),
            device_id=device_id,
            idempotency_key="demo-call",
        ),
    ):
        await create_schedule(context, new)


async def _device(context: Context) -> UUID:
    page = await devices.list_devices(context, page_request(), devices.DeviceFilter())
    known = {row.name: row.id for row in page.rows}
    if DEVICE in known:
        device_id: UUID = known[DEVICE]
    else:
        new = device_changes.NewDevice(DEVICE, DeviceSettings(loopback=Told()))
        device_id = (await device_changes.create_device(context, new)).row.id
    await device_changes.connect_device(context, device_id)
    return device_id


async def _contact(
    context: Context, details: ContactDetails, kind: IdentityKind, value: str
) -> UUID:
    wanted = contacts.ContactFilter(search=details.name)
    page = await contacts.list_contacts(context, page_request(1), wanted)
    row = (
        page.rows[0]
        if page.rows
        else await contacts.create_contact(context, details, [GivenIdentity(kind, value)])
    )
    contact_id: UUID = row.id
    return contact_id


async def _group(context: Context, people: list[UUID]) -> UUID:
    page = await recipient_groups.list_groups(context, page_request(1), GROUP)
    row = (
        page.rows[0]
        if page.rows
        else await recipient_groups.create_group(
            context, GROUP, "Those who do not live in Berlin.", people
        )
    )
    group_id: UUID = row.id
    return group_id


async def _template(context: Context) -> UUID:
    page = await templates.list_templates(context, page_request(1), REMINDER.name, archived=False)
    row = page.rows[0] if page.rows else await templates.create_template(context, REMINDER)
    template_id: UUID = row.id
    return template_id


async def _labels(context: Context) -> None:
    known = {row.name for row in await labels.list_labels(context)}
    for name, color in LABELS:
        if name not in known:
            await labels.create_label(context, name, color)
