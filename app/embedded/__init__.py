"""PostgreSQL and Valkey that come with the installation and need no setting up.

Used where DATABASE_URL and REDIS_URL are not set; imports nothing outside the standard library.
"""

from app.embedded.errors import EmbeddedError
from app.embedded.places import default_data_dir
from app.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedError", "EmbeddedServers", "default_data_dir"]
