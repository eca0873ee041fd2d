select
    mandate_id,
    rider_id,
    iban,
    bic,
    signed_on,
    status as mandate_status
from {{ source('raw_billing', 'mandates') }}
