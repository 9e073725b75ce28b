"""The root of mutations: what each noun offers."""

import strawberry

from schema.mutations.conversations import ConversationMutations
from schema.mutations.messages import MessageMutations
from schema.mutations.schedules import ScheduleMutations


@strawberry.type
class Mutation(ConversationMutations, MessageMutations, ScheduleMutations):
    """Each takes one `input`, and gives the changed thing and `userErrors`."""
