"""A wallet, as a browser would have one."""

from coincurve import PrivateKey

from models.addresses import checksummed
from resolvers.identity.ethereum import address_of, digest_of

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Purse:
    """A wallet: signs texts as personal_sign does."""

    def __init__(self) -> None:
        self.key = PrivateKey()
        self.address = checksummed(address_of(self.key.public_key))

    def sign(self, message: str, v: int = 27) -> str:
        packed = self.key.sign_recoverable(digest_of(message), hasher=None)
        return "0x" + packed[:64].hex() + f"{packed[64] + v:02x}"

    def sign_high(self, message: str) -> str:
        """The other signature that the same equation allows."""
        packed = self.key.sign_recoverable(digest_of(message), hasher=None)
        s = ORDER - int.from_bytes(packed[32:64])
        return "0x" + packed[:32].hex() + s.to_bytes(32).hex() + f"{(packed[64] ^ 1) + 27:02x}"
