-- 지방세법 §127 (the tax), 시행령 §122 (age), §126 (days), 지방세법 §130③ (what goes back), §151①7 (education tax),
-- 지방세기본법 §62, §64 (interest, limitation). One row per bill for a whole year. The text of 2024 and later was read.
WITH bill AS (
    SELECT * FROM bills WHERE kind = 'annual' AND billed_on <= today()
),
paid AS (
    SELECT _group, bill,
           CASE WHEN count(vehicle_tax) = count(*) THEN sum(vehicle_tax) END AS vehicle_tax,
           CASE WHEN count(education_tax) = count(*) THEN sum(education_tax) END AS education_tax,
           max(paid_on) AS last_day
    FROM payments WHERE paid_on <= today() GROUP BY ALL
),
spell AS (  -- the ownership that had begun when the bill was made
    SELECT b.bill, v.engine_cc, v.use, v.kind, v.first_registered, v.acquired_on,
           CASE WHEN v.ended_on <= today() THEN v.ended_on END AS ended_on,
           CASE WHEN v.ended_on <= today() THEN v.end_reason END AS end_reason
    FROM bill b JOIN vehicles v ON v._group = b._group AND v.vehicle = b.vehicle AND v.owner = b.payer
    WHERE v.acquired_on <= b.billed_on
      AND (v.ended_on IS NULL OR v.ended_on > today() OR year(v.ended_on) >= b.tax_year)
    QUALIFY row_number() OVER (PARTITION BY b.bill ORDER BY v.acquired_on DESC) = 1
),
consent AS (
    SELECT * FROM passed_prepayments WHERE agreed_on IS NULL OR agreed_on <= today()
),
unit AS (
    SELECT b.bill AS unit_id, b.tax_year, b.vehicle_tax AS billed, b.education_tax AS billed_education,
           CASE WHEN p.bill IS NULL THEN 0 ELSE p.vehicle_tax END AS paid,
           CASE WHEN p.bill IS NULL THEN 0 ELSE p.education_tax END AS paid_education,
           p.last_day AS paid_on, s.* EXCLUDE (bill), s.bill IS NOT NULL AS owned,
           CASE WHEN NOT getvariable('has_passed_prepayments') THEN NULL
                WHEN c.payer IS NULL THEN false ELSE c.agreed END AS passed,
           s.kind = 'car' AND s.use = 'private' AS ages,
           make_date(b.tax_year, 1, 1) AS first, make_date(b.tax_year, 7, 1) AS middle,
           make_date(b.tax_year + 1, 1, 1) AS after
    FROM bill b
    LEFT JOIN paid p USING (_group, bill)
    LEFT JOIN spell s USING (bill)
    LEFT JOIN consent c ON c._group = b._group AND c.vehicle = b.vehicle AND c.payer = b.payer
                       AND c.tax_year = b.tax_year
),
whole_tax AS (
    SELECT *,
           CASE WHEN kind = 'car' AND use = 'private' THEN
                    engine_cc * CASE WHEN engine_cc <= 1000 THEN 80 WHEN engine_cc <= 1600 THEN 140
                                     WHEN engine_cc > 1600 THEN 200 END
                WHEN kind = 'car' AND use = 'business' THEN
                    engine_cc * CASE WHEN engine_cc <= 1600 THEN 18 WHEN engine_cc <= 2500 THEN 19
                                     WHEN engine_cc > 2500 THEN 24 END
                WHEN kind = 'electric' THEN CASE use WHEN 'private' THEN 100000 WHEN 'business' THEN 20000 END
           END AS full_tax,
           tax_year - year(first_registered) + (month(first_registered) <= 6)::BIGINT AS age_1,
           tax_year - year(first_registered) + 1 AS age_2
    FROM unit
),
halves AS (
    SELECT *,
           tens(full_tax * (100 - CASE WHEN ages THEN 5 * higher_of(lower_of(age_1, 12) - 2, 0)
                                       WHEN NOT ages THEN 0 END) // 200) AS half_1,
           tens(full_tax * (100 - CASE WHEN ages THEN 5 * higher_of(lower_of(age_2, 12) - 2, 0)
                                       WHEN NOT ages THEN 0 END) // 200) AS half_2,
           ages AND age_2 >= 3 AS reduced, higher_of(acquired_on, first) AS start,
           middle - first AS days_1, after - middle AS days_2
    FROM whole_tax
),
taxes AS (  -- up to the end of the year, and up to the day of the event
    SELECT *,
           tens(CASE WHEN reduced THEN
                         down(half_1::HUGEINT * higher_of(lower_of(after, middle) - start, 0) * days_2
                              + half_2::HUGEINT * higher_of(after - higher_of(start, middle), 0) * days_1,
                              days_1 * days_2)
                     WHEN NOT reduced THEN portion(half_1 + half_2, after - start, days_1 + days_2) END) AS whole,
           tens(CASE WHEN reduced THEN
                         down(half_1::HUGEINT * higher_of(lower_of(ended_on, middle) - start, 0) * days_2
                              + half_2::HUGEINT * higher_of(ended_on - higher_of(start, middle), 0) * days_1,
                              days_1 * days_2)
                     WHEN NOT reduced THEN portion(half_1 + half_2, ended_on - start, days_1 + days_2) END) AS due
    FROM halves
),
back AS (
    SELECT *,
           CASE WHEN ended_on >= DATE '2024-01-01'
                THEN tens(portion(lower_of(paid, billed), whole - due, whole)) END AS refund,
           higher_of(ended_on, paid_on) AS claim_from
    FROM taxes
),
answer AS (
    SELECT *,
           lower_of(tens(portion(refund, CASE use WHEN 'private' THEN 30 WHEN 'business' THEN 0 END, 100)),
                    billed_education) AS education,
           CASE WHEN ended_on >= DATE '2011-01-01' THEN period_end(claim_from, 5) END AS claim_by
    FROM back
),
judged AS (
    SELECT *, refund + education AS amount,
           billed > 0 AND paid >= billed AND paid_education >= billed_education
           AND CASE WHEN owned THEN ended_on IS NOT NULL END AND year(ended_on) = tax_year
           AND (end_reason = 'scrapped' OR NOT passed)
           AND refund >= 10 AND today() <= claim_by AS holds
    FROM answer
)
SELECT unit_id, tax_year::VARCHAR AS period, status_of(holds, amount) AS status, amount,
       [refund, education] AS parts, false AS at_least,
       claim_from + 1 AS accrues_from, claim_from, claim_by
FROM judged WHERE holds IS NOT FALSE
