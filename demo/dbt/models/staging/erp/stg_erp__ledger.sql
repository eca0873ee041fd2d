-- Booked amounts in local currency. All three legal entities keep their books in euro, so AMT_LC needs no conversion.
select
    BELNR as document_no,
    BUKRS as company_code,
    BLART as document_type,
    BUDAT as posted_on,
    AMT_LC as amount_eur,
    cast(XBLNR as integer) as invoice_id,
    STORNO_KZ as storno_kz
from {{ source('legacy_erp', 'BKPF_DOC') }}
