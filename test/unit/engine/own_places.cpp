// What the names of objects tell that an export wrote.
#include "core/listing_order.hpp"
#include "core/own_place.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(own_places)

BOOST_AUTO_TEST_CASE(a_name_of_ours_tells_where_it_lies) {
    const auto place = own_place_of(
        "a/partition=7/b/partition=3/00000000000000000005.0000000000000100-2-0a1b2c3d.lines.gz"
    );
    BOOST_TEST_REQUIRE(place.has_value());
    BOOST_TEST(place->folder == "a/partition=7/b/");
    BOOST_TEST((place->first == position{3, 5, 100}));
    BOOST_TEST(place->extension == "lines.gz");
    BOOST_TEST(own_place_of("partition=3/00000000000000000005-2-0a1b2c3d.avro")->folder.empty());
    for (const std::string_view other :
         {"a/partition=3/5-2-0a1b2c3d.avro",
          "a/xpartition=3/00000000000000000005-2-0a1b2c3d.avro",
          "a/00000000000000000005-2-0a1b2c3d.avro",
          "/00000000000000000005-2-0a1b2c3d.avro",
          "partition=3/x/00000000000000000005-2-0a1b2c3d.avro",
          ""})
        BOOST_TEST(!own_place_of(other).has_value(), other);
}

BOOST_AUTO_TEST_CASE(only_one_partition_of_one_export_goes_on) {
    const auto of = [](std::string_view folder, std::string_view partition, std::string_view end) {
        return *own_place_of(
            std::string(folder) + "partition=" + std::string(partition) +
            "/00000000000000000005-2-0a1b2c3d." + std::string(end)
        );
    };
    const own_place one = of("a/", "3", "raw");
    BOOST_TEST(same_partition(one, of("a/", "3", "raw")));
    BOOST_TEST(!same_partition(one, of("b/", "3", "raw")));
    BOOST_TEST(!same_partition(one, of("a/", "4", "raw")));
    BOOST_TEST(!same_partition(one, of("a/", "3", "raw.gz")));
}

BOOST_AUTO_TEST_CASE(a_folder_of_a_partition_belongs_to_one_shard) {
    const auto folder = partition_folder_of("x/partition=12/a");
    BOOST_TEST_REQUIRE(folder.has_value());
    BOOST_TEST(folder->partition == 12u);
    BOOST_TEST(folder->size == 15u);
    for (const std::string_view none :
         {"partition=1", "partition=/a", "partition=1x/a", "xpartition=1/a", "a"})
        BOOST_TEST(!partition_folder_of(none).has_value(), none);
    std::set<std::uint64_t> shards;
    for (std::uint64_t n = 1; n <= 7; ++n) {
        const std::string file = std::to_string(n * n);
        for (std::uint64_t shard = 1; shard <= 5; ++shard)
            if (in_shard("o/partition=2/" + file, {shard, 5})) shards.insert(shard);
    }
    BOOST_TEST(shards.size() == 1u);
    const std::vector<partition_pair> named{{2, 0}, {5, 1}};
    BOOST_TEST(in_partitions("o/partition=5/x", named));
    BOOST_TEST(!in_partitions("o/partition=3/x", named));
    BOOST_TEST(!in_partitions("o/x", named));
    BOOST_TEST(in_partitions("o/x", {}));
}

BOOST_AUTO_TEST_SUITE_END()
