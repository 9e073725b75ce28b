"""Pages of one conversation's messages that a query finds, in reading order."""

from dataclasses import replace
from uuid import UUID

from models.tables import messages
from resolvers.context import Context
from resolvers.loaders.messages import BY_SENDING, COLUMNS, MessageFilter
from resolvers.paging import Page, PageRequest
from resolvers.searching.bounds import Bounds, place_id
from resolvers.searching.plan import Plan, with_filter
from resolvers.searching.steps import Search

MOST_COUNTED = 10_000


async def page_of_matches(
    context: Context, conversation_id: UUID, request: PageRequest, wanted: MessageFilter
) -> Page:
    """A page of the matches in a conversation that the viewer sees, oldest first."""
    plan = await with_filter(context, Plan(places=(conversation_id,)), wanted)
    search = Search(context, plan, COLUMNS)
    if request.around is None:
        return await _page(search, request)
    before, after = BY_SENDING.sides(request.size, request.around)
    one, other = await _page(search, before), await _page(search, after)
    return Page([*one.rows, *other.rows], other.has_next, one.has_previous)


async def count_of_matches(context: Context, conversation_id: UUID, wanted: MessageFilter) -> int:
    """How many messages of the conversation match; 10,000 where there are more."""
    plan = await with_filter(context, Plan(places=(conversation_id,)), wanted)
    found = await Search(context, plan, (messages.c.id,)).find(MOST_COUNTED, Bounds())
    return len(found.rows)


async def _page(search: Search, request: PageRequest) -> Page:
    bounds = Bounds()
    if request.after is not None:
        bounds = replace(bounds, low=place_id(*BY_SENDING.position(request.after)))
    if request.before is not None:
        bounds = replace(bounds, high=place_id(*BY_SENDING.position(request.before)))
    found = await replace(search, falling=request.backwards).find(request.size + 1, bounds)
    return BY_SENDING.page(found.rows, request)
