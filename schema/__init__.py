"""What a client sees: types, inputs, Query, Mutation, Subscription and the SDL."""
