from .development import Identity as Identity
from .development import development_genesis as development_genesis
from .development import identities as identities
from .home import Home as Home
from .node import Node as Node
from .settings import NodeSettings as NodeSettings
