"""How a query finds messages: the plan made of it, and the steps that carry the plan out."""
