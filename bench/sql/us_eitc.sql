-- 26 USC §32 with the tables of Rev. Proc. 2023-34 and 2024-40. Dollars in, cents out; one row per tax unit.
WITH law(tax_year, size, most, grows, starts, starts_joint, falls, investment) AS (
    VALUES (2024, 0, 632, 765, 10330, 17250, 765, 11600), (2024, 1, 4213, 3400, 22720, 29640, 1598, 11600),
           (2024, 2, 6960, 4000, 22720, 29640, 2106, 11600), (2024, 3, 7830, 4500, 22720, 29640, 2106, 11600),
           (2025, 0, 649, 765, 10620, 17730, 765, 11950), (2025, 1, 4328, 3400, 23350, 30470, 1598, 11950),
           (2025, 2, 7152, 4000, 23350, 30470, 2106, 11950), (2025, 3, 8046, 4500, 23350, 30470, 2106, 11950)
),
years AS (SELECT DISTINCT tax_year, investment, true AS read FROM law),
unit AS (
    SELECT u.*, y.read, y.investment AS investment_limit, l.most, l.grows, l.falls,
           qualifying_children_eitc AS children,
           CASE WHEN filing_status = 'joint' THEN l.starts_joint WHEN filing_status <> 'joint' THEN l.starts END AS starts,
           nullif(age_head, 0) AS head, nullif(age_spouse, 0) AS spouse,
           CASE WHEN qualifying_children_eitc = 0 THEN false END AS open_with_a_child  -- no record decides it
    FROM tax_units u
    LEFT JOIN years y USING (tax_year)
    LEFT JOIN law l ON l.tax_year = u.tax_year AND l.size = lower_of(qualifying_children_eitc, 3)
),
credit AS (
    SELECT *,
           (higher_of(lower_of(most::HUGEINT * 10000, earned_income::HUGEINT * grows)
                      - higher_of(higher_of(adjusted_gross_income, earned_income) - starts, 0)::HUGEINT * falls, 0)
            + 49) // 100 AS cents,
           make_date(tax_year + 1, 1, 1) AS claim_from,
           CASE WHEN read THEN make_date(tax_year + 4, 4, 15) END AS claim_by
    FROM unit
),
judged AS (
    SELECT *,
           earned_income > 0 AND investment_income <= investment_limit
           AND (children > 0 OR (read AND head BETWEEN 25 AND 64)
                OR (filing_status = 'joint' AND read AND spouse BETWEEN 25 AND 64))
           AND (filing_status IN ('single', 'joint', 'head_of_household') OR open_with_a_child)
           AND (is_dependent_of_another = 0 OR open_with_a_child)
           AND cents > 0
           AND (today() <= claim_by OR (today() <= claim_by + 4 AND NULL)) AS holds  -- §7503: a weekend, a holiday
    FROM credit
)
SELECT record_id AS unit_id, tax_year::VARCHAR AS period, status_of(holds, cents) AS status, cents AS amount,
       [cents] AS parts, false AS at_least, NULL::DATE AS accrues_from, claim_from, claim_by
FROM judged WHERE holds IS NOT FALSE
