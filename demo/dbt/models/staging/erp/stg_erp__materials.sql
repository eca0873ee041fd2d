select
    MATNR as part_no,
    MAKTX as material_text,
    MTART as mtart,
    STPRS as standard_price_eur
from {{ source('legacy_erp', 'MATMAST') }}
