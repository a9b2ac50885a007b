// Destinations as people name them, and as the journal keeps what is wanted of them.
#include <sluice/base/error.hpp>
#include <sluice/engine/destinations.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace sluice;

namespace {

destination_row row_at(const std::string& address, const std::string& endpoint) {
    destination_row row;
    row.address = address;
    row.target = address.substr(0, address.find('?'));
    row.endpoint = endpoint;
    return row;
}

/// Two places of one name, and a third one.
std::vector<destination_row> three() {
    return {
        row_at("s3://bkt/a?endpoint=http://one:9000", "one:9000"),
        row_at("s3://bkt/a?endpoint=http://two:9000", "two:9000"),
        row_at("s3://bkt/b", "one:9000")};
}

struct journal {
    journal() {
        char name[] = "/tmp/sluice-destinations-XXXXXX";
        path = ::mkdtemp(name);
        state = state_store::open(path + "/state").value();
        transfer_row row;
        row.name = "nightly";
        row.kind = "export";
        state->put_transfer(row).value();
    }
    ~journal() {
        state.reset();
        std::filesystem::remove_all(path);
    }
    std::vector<destination_row> rows() const { return state->destinations("nightly").value(); }
    std::string path;
    std::unique_ptr<state_store> state;
};

} // namespace

BOOST_AUTO_TEST_SUITE(destinations)

BOOST_AUTO_TEST_CASE(one_is_found_by_bucket_and_prefix_and_told_apart_by_its_endpoint) {
    const auto rows = three();
    BOOST_TEST(find_destination(rows, "s3://bkt/b").value() == 2u);
    BOOST_TEST(find_destination(rows, "s3://bkt/b/").value() == 2u);
    BOOST_TEST(find_destination(rows, "s3://bkt/a?endpoint=http://two:9000").value() == 1u);
    const auto both = find_destination(rows, "s3://bkt/a");
    BOOST_TEST_REQUIRE(!both.has_value());
    BOOST_TEST(both.error().where.find("endpoint=") != std::string::npos);
    const auto none = find_destination(rows, "s3://bkt/c");
    BOOST_TEST_REQUIRE(!none.has_value());
    BOOST_TEST((none.error().code == errc::not_found));
    BOOST_TEST(none.error().where.find("s3://bkt/b") != std::string::npos);
    BOOST_TEST(!find_destination(rows, "bkt/b").has_value());
}

BOOST_AUTO_TEST_CASE(one_that_was_removed_counts_where_no_other_fits) {
    auto rows = three();
    rows[0].desired = "removed";
    BOOST_TEST(find_destination(rows, "s3://bkt/a").value() == 1u);
    rows[1].desired = "removed";
    BOOST_TEST(find_destination(rows, "s3://bkt/a").has_value());
}

BOOST_AUTO_TEST_CASE(wishes_of_destinations_and_lanes_are_kept_beside_what_is_observed) {
    const journal at;
    add_destination(*at.state, "nightly", "s3://bkt/a").value();
    add_destination(*at.state, "nightly", "s3://bkt/b?start=latest").value();
    BOOST_TEST(at.state->find_transfer("nightly").value()->targets == "s3://bkt/a s3://bkt/b");
    want(*at.state, "nightly", "s3://bkt/b", std::nullopt, "paused").value();
    want(*at.state, "nightly", "s3://bkt/a", 1, "paused").value();
    auto rows = at.rows();
    BOOST_TEST_REQUIRE(rows.size() == 2u);
    BOOST_TEST(rows[1].desired == "paused");
    BOOST_TEST(rows[1].address == "s3://bkt/b?start=latest");
    rows[0].observed = "running";
    rows[0].endpoint = "h:1";
    rows[0].lanes = {{0, "", "running"}, {1, "", "paused"}};
    at.state->set_observed(rows).value();
    rows = at.rows();
    BOOST_TEST(rows[0].endpoint == "h:1");
    BOOST_TEST_REQUIRE(rows[0].lanes.size() == 2u);
    BOOST_TEST(rows[0].lanes[0].desired == "running");
    BOOST_TEST(rows[0].lanes[1].desired == "paused");
    BOOST_TEST(rows[0].lanes[1].observed == "paused");
    BOOST_TEST(rows[1].desired == "paused");
    // Of all of them: one has no such partition, so none is changed.
    BOOST_TEST(!want(*at.state, "nightly", "", 5, "paused").has_value());
    BOOST_TEST(at.rows()[1].lanes.empty());
    want(*at.state, "nightly", "", std::nullopt, "running").value();
    BOOST_TEST(at.rows()[1].desired == "running");
}

BOOST_AUTO_TEST_CASE(what_was_removed_is_no_target_and_comes_back_only_when_it_is_added) {
    const journal at;
    add_destination(*at.state, "nightly", "s3://bkt/a").value();
    add_destination(*at.state, "nightly", "s3://bkt/b").value();
    BOOST_TEST(!add_destination(*at.state, "nightly", "s3://bkt/b?start=latest").has_value());
    want(*at.state, "nightly", "s3://bkt/b", std::nullopt, "removed").value();
    BOOST_TEST(at.state->find_transfer("nightly").value()->targets == "s3://bkt/a");
    const auto resumed = want(*at.state, "nightly", "s3://bkt/b", std::nullopt, "running");
    BOOST_TEST_REQUIRE(!resumed.has_value());
    BOOST_TEST(resumed.error().where.find("add-destination") != std::string::npos);
    BOOST_TEST(want(*at.state, "nightly", "s3://bkt/b", std::nullopt, "removed").has_value());
    add_destination(*at.state, "nightly", "s3://bkt/b?start=latest").value();
    BOOST_TEST_REQUIRE(at.rows().size() == 2u);
    BOOST_TEST(at.rows()[1].desired == "running");
    BOOST_TEST(at.rows()[1].address == "s3://bkt/b?start=latest");
}

BOOST_AUTO_TEST_CASE(what_has_ended_and_is_to_go_on_has_not_ended) {
    const journal at;
    add_destination(*at.state, "nightly", "s3://bkt/a").value();
    want(*at.state, "nightly", "s3://bkt/a", std::nullopt, "stopped").value();
    auto rows = at.rows();
    rows[0].observed = "stopped";
    rows[0].lanes = {{0, "", "stopped"}, {1, "", "completed"}};
    at.state->set_observed(rows).value();
    BOOST_TEST(at.rows()[0].observed == "stopped");
    want(*at.state, "nightly", "s3://bkt/a", std::nullopt, "running").value();
    BOOST_TEST(at.rows()[0].observed == "pending");
    BOOST_TEST(at.rows()[0].lanes[0].observed == "pending");
    BOOST_TEST(at.rows()[0].lanes[1].observed == "completed");
}

BOOST_AUTO_TEST_SUITE_END()
