// Whose partition is it?
#include "core/claim_rules.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice;

namespace {

commit claim_at(std::uint64_t number, const std::string& token, const std::string& transfer) {
    commit claim;
    claim.kind = commit_kind::claim;
    claim.number = claim.epoch = number;
    claim.token = token;
    claim.next = position{0, 10, 0};
    claim.claim.transfer = transfer;
    claim.claim.incarnation = "inc";
    claim.claim.format = "avro";
    claim.claim.codec = "none";
    return claim;
}

commit plain(commit_kind kind, std::uint64_t number, std::int64_t next) {
    commit each;
    each.kind = kind;
    each.number = number;
    each.next = position{0, next, 0};
    each.fingerprint = 7;
    return each;
}

claimant us() {
    claimant who;
    who.transfer = "mine";
    who.incarnation = "inc";
    who.format = "avro";
    who.codec = "none";
    return who;
}

lane_row knowing(const std::string& token, std::uint64_t next_commit) {
    lane_row row;
    row.claim_token = token;
    row.claimed = true;
    row.next_commit = next_commit;
    return row;
}

tail summarise(const std::vector<commit>& commits) {
    tail seen;
    for (const commit& each : commits)
        seen.note(each);
    return seen;
}

error_code refusal(const claim_decision& decided) {
    const auto* why = std::get_if<failure>(&decided);
    return why ? why->code : error_code();
}

} // namespace

BOOST_AUTO_TEST_SUITE(claim_rules)

BOOST_AUTO_TEST_CASE(an_untouched_partition_is_claimed) {
    BOOST_TEST(std::holds_alternative<claim_it>(decide_claim(tail(), std::nullopt, us(), "x")));
}

BOOST_AUTO_TEST_CASE(the_tail_is_what_the_last_commit_says) {
    const tail seen = summarise({claim_at(0, "a", "mine"), plain(commit_kind::objects, 1, 50)});
    BOOST_TEST(seen.next_number == 2u);
    BOOST_TEST((seen.next == position{0, 50, 0}));
    BOOST_TEST(seen.fingerprint == 7u);
    BOOST_TEST(!seen.released);
    partition_survey survey;
    survey.note(claim_at(0, "a", "mine"));
    survey.note(plain(commit_kind::objects, 1, 50));
    const tail surveyed = tail_of(survey);
    BOOST_TEST(surveyed.next_number == 2u);
    BOOST_TEST((surveyed.next == position{0, 50, 0}));
    BOOST_TEST(surveyed.fingerprint == 7u);
    BOOST_TEST(surveyed.claim->token == "a");
    BOOST_TEST(tail_of(partition_survey()).next_number == 0u);
}

BOOST_AUTO_TEST_CASE(a_run_goes_on_under_the_claim_whose_token_it_journaled) {
    const tail bucket = summarise({claim_at(0, "a", "mine"), plain(commit_kind::objects, 1, 50)});
    BOOST_TEST(std::holds_alternative<go_on>(decide_claim(bucket, knowing("a", 2), us(), "x")));
    BOOST_TEST(std::holds_alternative<go_on>(decide_claim(bucket, knowing("a", 1), us(), "x")));
}

BOOST_AUTO_TEST_CASE(a_released_claim_is_never_gone_on_under) {
    const tail bucket = summarise({claim_at(0, "a", "mine"), plain(commit_kind::release, 1, 10)});
    BOOST_TEST(std::holds_alternative<claim_it>(decide_claim(bucket, knowing("a", 1), us(), "x")));
}

BOOST_AUTO_TEST_CASE(a_newer_claim_makes_ours_void) {
    const tail bucket = summarise({claim_at(0, "a", "mine"), claim_at(1, "b", "mine")});
    BOOST_TEST(std::holds_alternative<claim_it>(decide_claim(bucket, knowing("a", 1), us(), "x")));
}

BOOST_AUTO_TEST_CASE(another_transfers_claim_is_respected_until_released_or_taken_over) {
    const tail held = summarise({claim_at(0, "b", "theirs")});
    BOOST_TEST(
        (refusal(decide_claim(held, std::nullopt, us(), "x")) == engine_errc::claimed_by_other)
    );
    claimant bold = us();
    bold.take_over = true;
    BOOST_TEST(std::holds_alternative<claim_it>(decide_claim(held, std::nullopt, bold, "x")));
    const tail released =
        summarise({claim_at(0, "b", "theirs"), plain(commit_kind::release, 1, 10)});
    BOOST_TEST(std::holds_alternative<claim_it>(decide_claim(released, std::nullopt, us(), "x")));
}

BOOST_AUTO_TEST_CASE(another_incarnation_or_format_is_refused_whoever_asks) {
    const tail bucket = summarise({claim_at(0, "a", "mine")});
    claimant other = us();
    other.incarnation = "other";
    BOOST_TEST((
        refusal(decide_claim(bucket, knowing("a", 1), other, "x")) == engine_errc::other_incarnation
    ));
    claimant lines = us();
    lines.format = "ndjson";
    BOOST_TEST(
        (refusal(decide_claim(bucket, knowing("a", 1), lines, "x")) == engine_errc::format_differs)
    );
}

BOOST_AUTO_TEST_CASE(a_bucket_that_lost_commits_is_noticed) {
    const tail bucket = summarise({claim_at(0, "a", "mine")});
    BOOST_TEST(((refusal(decide_claim(bucket, knowing("a", 5), us(), "x")) == engine_errc::diverged)
    ));
    BOOST_TEST(((refusal(decide_claim(tail(), knowing("a", 5), us(), "x")) == engine_errc::diverged)
    ));
}

BOOST_AUTO_TEST_SUITE_END()
