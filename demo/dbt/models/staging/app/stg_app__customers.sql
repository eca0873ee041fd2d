select
    id as old_customer_id,
    mail as email,
    naam as full_name,
    tel as phone,
    plaats as city,
    aangemaakt as created_on,
    klantnr as customer_no,
    flg_nieuwsbrief
from {{ source('raw_app', 'customers') }}
