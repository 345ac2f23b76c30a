"""The order of the steps. This order IS the order on the wire; `docs/order.md` is generated from it."""

from policies.access import Access
from policies.body import ReadBody
from policies.capacity import Capacity
from policies.conform import Conform
from policies.credential import Credential
from policies.forward import Forward
from policies.limits import Limits
from policies.links import Links
from policies.options import Options
from policies.resilience import Resilience
from policies.selectors import Selectors
from policies.system_faults import refuses as transport_refuses

ROUTE = (Limits, Access, ReadBody, Selectors, Options, Conform, Links)
"""A route's chain, outermost first."""
JOINT = Forward
"""Where the route's chain meets the system's."""
SYSTEM = (Resilience, Credential, Capacity)
"""A system's chain, outermost first, then transport. Capacity is last: every exchange takes."""
TRANSPORT_REFUSES = transport_refuses
"""What one exchange with a system can end in."""
