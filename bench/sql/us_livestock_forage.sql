-- 7 USC 9081(c), 7 CFR 1416.201 to 207: grazing lost to drought, for years from 2014. Cents; one row per farm and year.
-- A kind of which only some was held sixty days before counts as nothing, and what is given is a bound.
WITH feed(kind, cost) AS (
    VALUES ('beef_cow', 3000), ('beef_500', 2250), ('dairy_cow', 7800), ('sheep', 750), ('goat', 750)
),
levels(level) AS (VALUES ('D2'), ('D3'), ('D4')),
spell AS (
    SELECT f.farm, f.year, d.level, max(d.weeks) AS longest, sum(d.weeks) AS weeks,
           CASE WHEN count(DISTINCT d.began_on) FILTER (d.weeks = top) = 1
                THEN any_value(d.began_on) FILTER (d.weeks = top) END AS began_on
    FROM farms f
    JOIN (SELECT *, max(weeks) OVER (PARTITION BY _group, farm, level, year(began_on)) AS top FROM droughts) d
      ON d._group = f._group AND d.farm = f.farm AND year(d.began_on) = f.year
    GROUP BY ALL
),
drought AS (  -- every level of every farm and year, with the monthly payments that it gives
    SELECT f.farm, f.year, l.level, s.began_on,
           CASE WHEN s.farm IS NULL THEN 0
                WHEN l.level = 'D2' AND f.year >= 2025
                     THEN CASE WHEN longest >= 7 THEN 2 WHEN longest >= 4 THEN 1 ELSE 0 END
                WHEN l.level = 'D2' THEN (longest >= 8)::BIGINT
                WHEN l.level = 'D3' THEN CASE WHEN weeks >= 4 THEN 4 WHEN weeks >= 1 THEN 3 ELSE 0 END
                WHEN l.level = 'D4' THEN CASE WHEN weeks >= 4 THEN 5 WHEN weeks >= 1 THEN 4 ELSE 0 END END AS months
    FROM farms f CROSS JOIN levels l
    LEFT JOIN spell s ON s.farm = f.farm AND s.year = f.year AND s.level = l.level
),
herd AS (
    SELECT f.farm, f.year, k.kind, k.cost, sum(h.head) AS head, min(h.held_since) AS first_held,
           max(h.held_since) AS last_held
    FROM farms f CROSS JOIN feed k JOIN herds h ON h._group = f._group AND h.farm = f.farm AND h.kind = k.kind
    GROUP BY ALL
),
pair AS (  -- a level that pays beside a kind that is there
    SELECT d.farm, d.year, d.level, d.months, h.cost * h.head AS cost,
           h.first_held <= d.began_on - 60 AS some_held, h.last_held <= d.began_on - 60 AS all_held
    FROM drought d JOIN herd h USING (farm, year) WHERE d.months > 0 AND h.head > 0
),
by_level AS (
    SELECT d.farm, d.year, d.level, d.months, d.began_on,
           CASE WHEN count(p.level) = 0 THEN 0
                WHEN count(p.all_held) = count(p.level) THEN coalesce(sum(p.cost) FILTER (p.all_held), 0) END AS feed
    FROM drought d LEFT JOIN pair p USING (farm, year, level) GROUP BY ALL
),
paid AS (
    SELECT f.farm, f.year, f.operator, f.grazing_acres, l.level, l.months, l.began_on,
           CASE WHEN l.months = 0 THEN 0
                ELSE portion(lower_of(l.feed, portion(f.grazing_acres, 3000, f.acres_per_animal)), 60, 100) * l.months
           END AS cents
    FROM farms f JOIN by_level l USING (farm, year)
),
held AS (
    SELECT farm, year, CASE WHEN bool_or(some_held) THEN true WHEN count(some_held) < count(*) THEN NULL
                            ELSE false END AS in_time,
           CASE WHEN bool_or((all_held OR NOT some_held) IS FALSE) THEN false
                WHEN bool_or((all_held OR NOT some_held) IS NULL) THEN NULL ELSE true END AS clear
    FROM pair GROUP BY ALL
),
farm_year AS (
    SELECT p.farm, p.year, p.grazing_acres, max(p.months) > 0 AS dry,
           CASE WHEN h.farm IS NULL THEN false ELSE h.in_time END AS in_time,
           CASE WHEN h.farm IS NULL THEN true ELSE h.clear END AS clear,
           CASE WHEN count(p.cents) = count(*) THEN max(p.cents) END AS best,
           CASE WHEN max(p.months) FILTER (p.level = 'D2') > 0 THEN max(p.began_on) FILTER (p.level = 'D2')
                WHEN max(p.months) FILTER (p.level = 'D3') > 0 THEN max(p.began_on) FILTER (p.level = 'D3')
                ELSE max(p.began_on) FILTER (p.level = 'D4') END AS claim_from,
           make_date(p.year, 12, 31) + 30 AS claim_by
    FROM paid p LEFT JOIN held h USING (farm, year) GROUP BY ALL
),
judged AS (
    SELECT *, CASE WHEN best > 0 OR clear THEN lower_of(best, 12500000) END AS payment,
           CASE WHEN clear THEN 0 END AS for_mixed,
           dry AND in_time AND grazing_acres > 0 AND today() <= claim_by AS holds
    FROM farm_year
)
SELECT farm AS unit_id, year::VARCHAR AS period, status_of(holds, payment + coalesce(for_mixed, 0)) AS status,
       payment + coalesce(for_mixed, 0) AS amount, [payment, for_mixed] AS parts, for_mixed IS NULL AS at_least,
       NULL::DATE AS accrues_from, claim_from, claim_by
FROM judged WHERE holds IS NOT FALSE
