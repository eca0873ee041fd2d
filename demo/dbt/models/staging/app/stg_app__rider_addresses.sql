select
    address_id,
    rider_id,
    kind,
    street,
    house_no,
    postcode,
    city,
    country,
    lat,
    lon,
    updated_at
from {{ source('raw_app', 'rider_addresses') }}
