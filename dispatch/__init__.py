"""Schedules become deliveries; deliveries are claimed, sent, retried and rescued."""
