"""One fault each, told by what it is a fault of."""

from tests.verdicts.mutants.awaiting import AWAITING
from tests.verdicts.mutants.configuration import CONFIGURATION
from tests.verdicts.mutants.failing import FAILING
from tests.verdicts.mutants.loading import LOADING
from tests.verdicts.mutants.scope import SCOPE
from tests.verdicts.mutants.sessions import SESSIONS
from tests.verdicts.mutants.storing import STORING

MUTANTS = (*STORING, *FAILING, *SESSIONS, *SCOPE, *AWAITING, *LOADING, *CONFIGURATION)
