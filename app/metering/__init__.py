"""What operations cost, and how much of it whom is granted a minute."""
