select
    absence_id,
    employee_id,
    kind as absence_kind,
    starts_on,
    days
from {{ source('raw_hr', 'absences') }}
