"""Whether a project is sound: what its database looks like beside what it should look like."""

from ts_customers.doctor._examine import examine, examine_database
from ts_customers.doctor._findings import Finding, Report, Unchecked

__all__ = ["Finding", "Report", "Unchecked", "examine", "examine_database"]
