-- 에너지법 §16의3, 시행령 §13의2 and the notices that hold from 26 May 2025 to 25 May 2027. Won a year; one row per household.
WITH amounts(size, summer, winter) AS (
    VALUES (1, 40700, 254500), (2, 58800, 348700), (3, 75800, 456900), (4, 102000, 599300)
),
voucher AS (
    SELECT year(today()) - (today() <= make_date(year(today()), 5, 25))::BIGINT AS year,
           today() BETWEEN DATE '2025-05-26' AND DATE '2027-05-25' AS read
),
member AS (
    SELECT _group, count(*) AS members, min(birth_date) AS oldest, max(birth_date) AS youngest
    FROM residents WHERE status = 'alive' GROUP BY ALL
),
paid AS (
    SELECT _group, bool_or(benefit IN ('livelihood', 'medical', 'housing', 'education')) AS aid,
           bool_or(benefit = 'fuel_aid') AS fuel, bool_or(benefit = 'energy_voucher') AS has_it
    FROM benefits WHERE since <= today() AND (until IS NULL OR until >= today()) GROUP BY ALL
),
disabled AS (
    SELECT DISTINCT _group FROM disabilities WHERE registered_on IS NULL OR registered_on <= today()
),
pregnant AS (
    SELECT _group, CASE WHEN count(due_on) = count(*) THEN max(due_on) END AS due FROM pregnancies GROUP BY ALL
),
unit AS (
    SELECT h.household AS unit_id, h.in_need, m.members, v.year, v.read, a.summer, a.winter,
           v.year - year(m.oldest) >= 65 AS old, v.year - year(m.youngest) <= 7 AS infant,
           d._group IS NOT NULL AS is_disabled,
           p._group IS NOT NULL AND today() < plus_months(p.due, 6) AS expects,
           coalesce(g.aid, false) AS aid, coalesce(g.fuel, false) AS fuel, coalesce(g.has_it, false) AS has_it
    FROM households h CROSS JOIN voucher v
    LEFT JOIN member m ON m._group = h._group
    LEFT JOIN paid g ON g._group = h._group
    LEFT JOIN disabled d ON d._group = h._group
    LEFT JOIN pregnant p ON p._group = h._group
    LEFT JOIN amounts a ON a.size = lower_of(m.members, 4) AND v.read
),
judged AS (
    SELECT *, summer + winter AS amount,
           aid AND (old OR infant OR is_disabled OR expects OR in_need) AND NOT fuel AND NOT has_it
           AND today() <= make_date(year, 12, 31) AS holds
    FROM unit
)
SELECT unit_id, year::VARCHAR AS period, status_of(holds, amount) AS status, amount, [summer, winter] AS parts,
       false AS at_least, NULL::DATE AS accrues_from, make_date(year, 6, 9) AS claim_from,
       make_date(year, 12, 31) AS claim_by
FROM judged WHERE holds IS NOT FALSE
