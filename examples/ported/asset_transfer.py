"""Assets with an owner and a value: created, read, changed, handed on, deleted, listed."""

from huitong.contract import Contract, Error, Map, Record, call, init, require, view


class Asset(Record):
    """An asset."""

    key: str
    color: str
    size: int
    owner: str
    appraised_value: int


class AssetMissing(Error):
    """There is no asset of this key."""

    key: str


class AssetTransfer(Contract):
    """A ledger of assets."""

    assets: Map[str, Asset]

    @init
    def init_ledger(self) -> None:
        """Begin with six assets."""
        self.create("asset1", "blue", 5, "Tomoko", 300)
        self.create("asset2", "red", 5, "Brad", 400)
        self.create("asset3", "green", 10, "Jin Soo", 500)
        self.create("asset4", "yellow", 10, "Max", 600)
        self.create("asset5", "black", 15, "Adriana", 700)
        self.create("asset6", "white", 15, "Michel", 800)

    @call
    def create(self, key: str, color: str, size: int, owner: str, appraised_value: int) -> Asset:
        """Create an asset, return it."""
        self.assets[key] = Asset(key, color, size, owner, appraised_value)
        return self.assets[key]

    @call
    def update(self, key: str, color: str, size: int, owner: str, appraised_value: int) -> None:
        """Change an asset."""
        require(key in self.assets, AssetMissing(key))
        self.assets[key] = Asset(key, color, size, owner, appraised_value)

    @call
    def delete(self, key: str) -> None:
        """Delete an asset."""
        require(key in self.assets, AssetMissing(key))
        del self.assets[key]

    @call
    def transfer(self, key: str, new_owner: str) -> None:
        """Hand an asset on."""
        asset = self.read(key)
        asset.owner = new_owner
        self.assets[key] = asset

    @view
    def read(self, key: str) -> Asset:
        """Return an asset."""
        require(key in self.assets, AssetMissing(key))
        return self.assets[key]

    @view
    def exists(self, key: str) -> bool:
        """Whether there is such an asset."""
        return key in self.assets

    @view
    def all(self, start: str) -> list[Asset]:
        """Return assets from the key `start` on, a hundred at most."""
        return [asset for _, asset in self.assets.items(start=start)]
