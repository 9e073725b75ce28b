"""What the settings allow, as the transports and the meter read it."""

from app.graphql.limits import Limits
from app.metering.meter import Budgets
from app.settings import Settings


def transport_limits(settings: Settings) -> Limits:
    """The limits of the transports, as the settings give them."""
    return Limits(
        document_bytes=settings.max_document_bytes,
        tokens=settings.max_tokens,
        depth=settings.max_depth,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        body_bytes=settings.max_body_bytes,
        frame_bytes=settings.max_frame_bytes,
        operations_per_socket=settings.max_subscriptions,
        sockets=settings.max_sockets,
        sockets_per_viewer=settings.max_sockets_per_viewer,
        send_queue_frames=settings.send_queue,
        send_queue_bytes=settings.send_queue_bytes,
        fields=settings.max_fields,
        upload_bytes=settings.max_multipart_bytes,
        upload_files=settings.max_multipart_files,
        connection_init_seconds=settings.connection_init_seconds,
        ping_interval_seconds=settings.ping_interval_seconds,
        pong_timeout_seconds=settings.pong_timeout_seconds,
        close_seconds=settings.close_seconds,
        stall_seconds=settings.stall_seconds,
        keep_alive_seconds=settings.keep_alive_seconds,
    )


def budgets(settings: Settings) -> Budgets:
    """What operations may cost, as the settings give it."""
    return Budgets(
        operation=settings.max_cost,
        viewer=settings.viewer_cost_per_minute,
        tenant=settings.tenant_cost_per_minute,
        address=settings.address_cost_per_minute,
        schedules=settings.schedules_per_minute,
    )
