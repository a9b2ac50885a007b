// test: documents about versions.
#include "core/versions.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::sim;

namespace sim_versions_test {

object_ptr sized(std::uint64_t size) {
    object one;
    one.size = size;
    one.etag = "e" + std::to_string(size);
    return std::make_shared<const object>(std::move(one));
}

version_map sample() {
    version_map all;
    all["a"] = {{"null", sized(1), {}}, {"v1", sized(2), {}}, {"v2", nullptr, {}}};
    all["b/c"] = {{"v3", sized(3), {}}};
    all["b/d"] = {{"v4", sized(4), {}}};
    all["e"] = {{"v5", sized(5), {}}};
    return all;
}

/// The values of all such elements, one after the other.
std::string values(const std::string& xml, const std::string& name) {
    std::string out;
    const auto open = '<' + name + '>', close = "</" + name + '>';
    for (auto at = xml.find(open); at != xml.npos; at = xml.find(open, at)) {
        at += open.size();
        out += (out.empty() ? "" : " ") + xml.substr(at, xml.find(close, at) - at);
    }
    return out;
}

} // namespace sim_versions_test

using namespace sim_versions_test;

BOOST_AUTO_TEST_SUITE(sim_versions)

BOOST_AUTO_TEST_CASE(the_newest_version_of_a_key_comes_first) {
    const auto xml = versions_document(sample(), versions_query());
    BOOST_TEST(values(xml, "VersionId") == "v2 v1 null v3 v4 v5");
    BOOST_TEST(values(xml, "IsLatest") == "true false false true true true");
    BOOST_TEST(values(xml, "Size") == "2 1 3 4 5");
    BOOST_TEST(values(xml, "IsTruncated") == "false");
}

BOOST_AUTO_TEST_CASE(pages_of_any_size_show_every_version_once) {
    const auto all = sample();
    for (unsigned size = 1; size <= 7; ++size) {
        versions_query asked;
        asked.max_keys = size;
        std::string seen;
        for (int page = 0; page < 10; ++page) {
            const auto xml = versions_document(all, asked);
            seen += (seen.empty() ? "" : " ") + values(xml, "VersionId");
            if (values(xml, "IsTruncated") == "false") break;
            asked.key_marker = values(xml, "NextKeyMarker");
            asked.id_marker = values(xml, "NextVersionIdMarker");
        }
        BOOST_TEST(seen == "v2 v1 null v3 v4 v5", "with pages of " << size << ": " << seen);
    }
}

BOOST_AUTO_TEST_CASE(common_prefixes_stand_for_what_is_below_them) {
    versions_query asked;
    asked.delimiter = "/";
    const auto xml = versions_document(sample(), asked);
    BOOST_TEST(values(xml, "VersionId") == "v2 v1 null v5");
    BOOST_TEST(xml.find("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>") != xml.npos);
}

BOOST_AUTO_TEST_CASE(only_two_states_can_be_asked_for) {
    const auto state = [](const std::string& status) {
        const auto read = read_versioning_document(
            "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>"
        );
        return read ? static_cast<int>(*read) : -1;
    };
    BOOST_TEST(state("Enabled") == static_cast<int>(versioning::enabled));
    BOOST_TEST(state("Suspended") == static_cast<int>(versioning::suspended));
    BOOST_TEST(state("Disabled") == -1);
    BOOST_TEST(!read_versioning_document("nonsense"));
    BOOST_TEST(versioning_document(versioning::never).find("Status") == std::string::npos);
    BOOST_TEST(values(versioning_document(versioning::enabled), "Status") == "Enabled");
}

BOOST_AUTO_TEST_SUITE_END()
