"""Write every golden program anew; review what changed by hand."""

from tests.golden.programs import write_all

write_all()
