// test: a transfer's name goes on with what it was begun with.
#include "../src/core/same_work.hpp"

#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

named_work export_of(
    const std::string& stream, const std::vector<std::pair<std::string, std::string>>& places
) {
    named_work work;
    work.row.name = "nightly";
    work.row.kind = "export";
    work.row.source = stream;
    for (const auto& [target, endpoint] : places) {
        destination_row row;
        row.target = target;
        row.endpoint = endpoint;
        work.row.targets += (work.row.targets.empty() ? "" : " ") + target;
        work.destinations.push_back(row);
    }
    return work;
}

named_work import_of(const std::string& prefix, const std::string& stream) {
    named_work work;
    work.row.name = "nightly";
    work.row.kind = "import";
    work.row.source = prefix;
    work.row.targets = stream;
    return work;
}

bool goes_on(const named_work& known, const named_work& asked) {
    return check_same_work(known, asked, "/data").has_value();
}

std::string refusal(const named_work& known, const named_work& asked) {
    const auto checked = check_same_work(known, asked, "/data");
    if (checked) return "";
    BOOST_TEST((checked.error().code == engine_errc::usage));
    return checked.error().where;
}

} // namespace

BOOST_AUTO_TEST_SUITE(same_works)

BOOST_AUTO_TEST_CASE(the_same_command_goes_on) {
    const named_work known = export_of("log:orders", {{"s3://b/p", "h:1"}});
    BOOST_TEST(goes_on(known, known));
    BOOST_TEST(goes_on(known, export_of("log:///data/orders", {{"s3://b/p", "h:1"}})));
    BOOST_TEST(goes_on(import_of("s3://b/p", "log:a"), import_of("s3://b/p/orders", "log:a")));
}

BOOST_AUTO_TEST_CASE(destinations_may_come_and_go_as_long_as_one_stays) {
    const named_work known = export_of("log:orders", {{"s3://b/p", "h:1"}, {"s3://c/p", "h:1"}});
    BOOST_TEST(goes_on(known, export_of("log:orders", {{"s3://c/p", "h:1"}, {"s3://d", "h:2"}})));
    BOOST_TEST(!goes_on(known, export_of("log:orders", {{"s3://d", "h:2"}})));
    BOOST_TEST(goes_on(export_of("log:orders", {}), known));
}

BOOST_AUTO_TEST_CASE(other_work_is_refused_and_told_what_the_name_stands_for) {
    const named_work known = export_of("log:orders", {{"s3://b/p", "h:1"}});
    const named_work other[] = {
        export_of("log:bills", {{"s3://b/p", "h:1"}}),
        export_of("log:orders", {{"s3://b/q", "h:1"}}),
        import_of("s3://b/p", "log:orders")};
    for (const named_work& each : other) {
        const std::string told = refusal(known, each);
        BOOST_TEST(told.find("export of log:orders to s3://b/p at h:1") != std::string::npos, told);
        BOOST_TEST(told.find("sluice transfer delete nightly") != std::string::npos, told);
        BOOST_TEST(told.find("--endpoint-url") == std::string::npos, told);
    }
    const named_work filled = import_of("s3://b/p", "log:a");
    BOOST_TEST(!goes_on(filled, import_of("s3://b/pp", "log:a")));
    BOOST_TEST(!goes_on(filled, import_of("s3://b/p", "log:b")));
}

BOOST_AUTO_TEST_CASE(another_endpoint_is_another_place) {
    const std::string told = refusal(
        export_of("log:orders", {{"s3://b/p", "h:1"}}),
        export_of("log:orders", {{"s3://b/p", "h:2"}})
    );
    BOOST_TEST(told.find("--endpoint-url") != std::string::npos, told);
    const named_work unopened = export_of("log:orders", {{"s3://b/p", ""}});
    BOOST_TEST(goes_on(unopened, export_of("log:orders", {{"s3://b/p", "h:2"}})));
}

BOOST_AUTO_TEST_SUITE_END()
