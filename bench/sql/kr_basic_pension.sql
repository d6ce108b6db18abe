-- 기초연금법 §3, §5, §6, §8, §10, §14 and 시행령 §4, §10, §11, for days from 2023 on. Won a month; one row per resident.
-- What no register has (which part of a larger national pension redistributes, what a spouse gets) leaves a bound.
WITH amounts(year, single, couple, base) AS (
    VALUES (2023, 2020000, 3232000, 323180), (2024, 2130000, 3408000, 334810),
           (2025, 2280000, 3648000, 342510), (2026, 2470000, 3952000, 349700)
),
held AS (  -- granted, and not over
    SELECT _group, resident, bool_or(benefit = 'basic_pension') AS has_it,
           bool_or(benefit IN ('livelihood', 'medical', 'housing', 'education')) AS basic_living
    FROM benefits WHERE until IS NULL OR until >= today() GROUP BY ALL
),
unit AS (
    SELECT r.resident AS unit_id, m.* EXCLUDE (_group, resident),
           coalesce(h.has_it, false) AS has_it, coalesce(h.basic_living, false) AS basic_living,
           month_start(plus_years(r.birth_date, 65)) AS of_age,
           month_start(plus_years(m.spouse_birth_date, 65)) AS spouse_of_age,
           higher_of(today(), month_start(plus_years(r.birth_date, 65))) AS paid_from
    FROM residents r
    LEFT JOIN held h ON h._group = r._group AND h.resident = r.resident
    LEFT JOIN means_tests m ON m._group = r._group AND m.resident = r.resident AND m.assessed_on <= today()
    WHERE r.status = 'alive'
),
base AS (
    SELECT u.*, a.base, CASE WHEN u.couple THEN a.couple WHEN NOT u.couple THEN a.single END AS most,
           national_pension * 100 <= a.base * 150 OR basic_living AS gets_all
    FROM unit u LEFT JOIN amounts a ON a.year = year(u.paid_from)
),
own AS (
    SELECT *, higher_of(most - recognised_income, 0) AS room,
           CASE WHEN gets_all THEN base
                WHEN NOT gets_all THEN higher_of(portion(base, 250, 100) - national_pension, portion(base, 50, 100))
           END AS own
    FROM base
),
reckoned AS (
    SELECT *,
           tens(lower_of(own, higher_of(room, portion(base, 10, 100)))) AS alone,
           tens(lower_of(portion(own, 80, 100),
                         higher_of(portion(higher_of(room, portion(base, 20, 100)), own, own + base),
                                   portion(base, 10, 100)))) AS beside
    FROM own
),
parts AS (
    SELECT *,
           CASE WHEN couple THEN beside WHEN NOT couple THEN alone END AS pension,
           CASE WHEN NOT couple THEN 0
                WHEN couple AND spouse_of_age > paid_from THEN alone - beside
                WHEN couple AND spouse_of_age <= paid_from AND spouse_receives
                     AND room * 100 >= (own + base) * 80 THEN 0 END AS for_spouse,
           CASE WHEN gets_all THEN 0 END AS by_contributions,
           higher_of(plus_months(of_age, -1), DATE '2014-07-01') AS opens_on
    FROM reckoned
),
judged AS (
    SELECT *, pension + coalesce(for_spouse, 0) + coalesce(by_contributions, 0) AS amount,
           today() >= opens_on AND recognised_income <= most AND NOT special_pension AND NOT has_it AS holds
    FROM parts
)
SELECT unit_id, '' AS period, status_of(holds, amount) AS status, amount,
       [pension, for_spouse, by_contributions] AS parts,
       for_spouse IS NULL OR by_contributions IS NULL AS at_least,
       NULL::DATE AS accrues_from, opens_on AS claim_from, NULL::DATE AS claim_by
FROM judged WHERE holds IS NOT FALSE
