select
    KUNNR as erp_customer_no,
    NAME1 as name1,
    ORT01 as city,
    PSTLZ as postcode,
    LAND1 as country,
    BUKRS as company_code,
    X_FLG_3 as x_flg_3,
    ZZ_KZ2 as zz_kz2,
    ALTKN as old_customer_no
from {{ source('legacy_erp', 'CUSTMAST') }}
