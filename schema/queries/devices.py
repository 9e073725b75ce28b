"""Finding devices."""

import strawberry

from resolvers import devices as resolve
from resolvers.devices import BY_CREATION, DeviceFilter
from resolvers.paging import page_request
from schema.connections import After, Connection, First, connection
from schema.devices import Device
from schema.enums import DeviceKind
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.input(description="Which devices; each given condition holds.")
class DeviceFilterInput:
    kind: DeviceKind | None = None
    archived: bool = strawberry.field(default=False, description="Those that were put away.")

    def parsed(self) -> DeviceFilter:
        """The filter as resolvers take it."""
        return DeviceFilter(self.kind, self.archived)


@strawberry.type
class DeviceQueries:
    @strawberry.field
    async def device(self, info: Info, id: strawberry.ID) -> Device | None:
        return await find_device(info, id)

    @strawberry.field(description="The tenant's devices, the newest first.")
    async def devices(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: DeviceFilterInput | None = None,
    ) -> Connection[Device]:
        wanted = filter.parsed() if filter else DeviceFilter()
        page = await resolve.list_devices(info.context, page_request(first, after), wanted)
        return connection(
            page,
            BY_CREATION,
            Device,
            lambda: resolve.count_devices(info.context, wanted),
        )


async def find_device(info: Info, key: strawberry.ID) -> Device:
    """The device with an id. Raises BAD_ID or NOT_FOUND."""
    device_id = decode_id(IdType.DEVICE, key)
    return Device(row=await resolve.find_device(info.context, device_id))
