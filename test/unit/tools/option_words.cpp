// test: options of transfers, from words to a spec.
#include "core/transfer_options.hpp"

#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::command;

namespace {

export_words good_export() {
    export_words words;
    words.from = "orders";
    words.to = {"s3://one/p", "s3://two/q?format=ndjson"};
    return words;
}

std::string refusal(const export_words& words) {
    const auto spec = make_export_spec(words);
    BOOST_REQUIRE(!spec);
    BOOST_TEST((spec.error().code == errc::invalid_argument));
    return spec.error().where;
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(option_words)

BOOST_AUTO_TEST_CASE(good_words_become_a_spec) {
    export_words words = good_export();
    words.object_bytes = "64MiB";
    words.part_size = "8MiB";
    words.common.retry_for = "90";
    words.common.memory = "32MiB";
    const auto spec = make_export_spec(words);
    BOOST_REQUIRE(spec);
    BOOST_TEST(spec->from == "log:orders");
    BOOST_TEST(spec->to.size() == 2u);
    BOOST_TEST(spec->object_bytes == 64u << 20);
    BOOST_TEST(spec->part_size == 8u << 20);
    BOOST_TEST(spec->rules.memory == 32u << 20);
    BOOST_TEST(spec->rules.retry_for.count() == 90'000);
}

BOOST_AUTO_TEST_CASE(rates_are_sizes_and_numbers_for_each_second) {
    export_words words = good_export();
    words.common.bwlimit = "5MiB/s";
    words.common.max_requests = "3500/s";
    const auto spec = make_export_spec(words);
    BOOST_REQUIRE(spec);
    BOOST_TEST(spec->rules.bytes_per_second.value() == 5.0 * (1 << 20));
    BOOST_TEST(spec->s3.requests_per_second.value() == 3500.0);
    words.common.bwlimit = "64KiB";
    words.common.max_requests = "1";
    BOOST_TEST(make_export_spec(words)->rules.bytes_per_second.value() == 65536.0);
    for (const char* bad : {"fast", "5MiB/h", "15KiB/s", "0", "/s"}) {
        words.common.bwlimit = bad;
        BOOST_TEST(mentions(refusal(words), std::string("--bwlimit: \"") + bad));
    }
    words.common.bwlimit.clear();
    for (const char* bad : {"many", "0", "-1", "3.5", "10/m", "/s"}) {
        words.common.max_requests = bad;
        BOOST_TEST(mentions(refusal(words), std::string("--max-requests: \"") + bad));
    }
}

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_documentation) {
    const auto spec = make_export_spec(good_export());
    BOOST_REQUIRE(spec);
    BOOST_TEST(spec->object_bytes == 256u << 20);
    BOOST_TEST(spec->part_size == 0u);
    BOOST_TEST(spec->rules.memory == 256u << 20);
    BOOST_TEST(spec->rules.retry_for.count() == 900'000);
    BOOST_TEST(spec->rules.drain.count() == 2'000);
    BOOST_TEST(spec->format == "avro");
}

BOOST_AUTO_TEST_CASE(a_bad_size_names_its_option) {
    export_words words = good_export();
    words.part_size = "8MiBs";
    BOOST_TEST(refusal(words).starts_with("--part-size: "));
    words = good_export();
    words.common.retry_for = "soon";
    BOOST_TEST(refusal(words).starts_with("--retry-for: "));
}

BOOST_AUTO_TEST_CASE(an_object_above_four_gibibytes_is_refused) {
    export_words words = good_export();
    words.object_bytes = "4GiB";
    BOOST_TEST(make_export_spec(words).has_value());
    words.object_bytes = "4294967297";
    BOOST_TEST(mentions(refusal(words), "4 GiB"));
    words.object_bytes = "0";
    refusal(words);
}

BOOST_AUTO_TEST_CASE(codecs_must_go_with_the_format_of_each_destination) {
    export_words words = good_export();
    for (const char* codec : {"none", "source", "zstd"}) {
        words.codec = codec;
        BOOST_TEST(make_export_spec(words).has_value(), codec);
    }
    words.codec = "gzip"; // not of the first one's avro
    BOOST_TEST(mentions(refusal(words), "gzip"));
    BOOST_TEST(mentions(refusal(words), "avro"));
    words.codec = "deflate"; // not of the second one's ndjson
    BOOST_TEST(mentions(refusal(words), "deflate"));
    BOOST_TEST(mentions(refusal(words), "ndjson"));
    words.codec = "nome";
    BOOST_TEST(mentions(refusal(words), "did you mean none?"));
}

BOOST_AUTO_TEST_CASE(a_bad_word_names_what_may_stand_there) {
    export_words words = good_export();
    words.common.s3.path_style = "allways";
    BOOST_TEST(mentions(refusal(words), "did you mean always?"));
    words = good_export();
    words.format = "parquet";
    BOOST_TEST(mentions(refusal(words), "--format"));
    words = good_export();
    words.to[0] = "http://b/p";
    BOOST_TEST(refusal(words).starts_with("--to: "));
    words = good_export();
    words.from = "kafka://x/y";
    BOOST_TEST(refusal(words).starts_with("--from: "));
}

BOOST_AUTO_TEST_CASE(a_stream_is_named_with_or_without_its_scheme) {
    BOOST_TEST(stream_address_of("orders") == "log:orders");
    BOOST_TEST(stream_address_of("log:orders") == "log:orders");
    BOOST_TEST(stream_address_of("log:///d/orders") == "log:///d/orders");
}

BOOST_AUTO_TEST_CASE(positions_are_read_as_people_write_them) {
    BOOST_TEST((parse_start("earliest")->what == start_place::kind::earliest));
    BOOST_TEST((parse_start("latest")->what == start_place::kind::latest));
    BOOST_TEST(parse_start("seq:17")->sequence == 17);
    BOOST_TEST(!parse_start("seq:17")->partition.has_value());
    const auto place = parse_start("1/9");
    BOOST_REQUIRE(place);
    BOOST_TEST(place->sequence == 9);
    BOOST_TEST(place->partition.value() == 1u);
    const auto moment = parse_start("time:1970-01-01T00:00:01.5Z");
    BOOST_REQUIRE(moment);
    BOOST_TEST((moment->what == start_place::kind::time));
    BOOST_TEST(moment->since == 1'500'000);
    for (const char* bad :
         {"time:", "time:noon", "seq:", "seq:-1", "seq:1x", "17", "oldest", "1/9.5", ""})
        BOOST_TEST(!parse_start(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(a_shard_and_what_to_do_with_bad_objects_are_read_strictly) {
    import_words words;
    words.from = "s3://bucket/p";
    words.to = "copy";
    const auto usual = make_import_spec(words);
    BOOST_REQUIRE_MESSAGE(usual, usual.error().where);
    BOOST_TEST(!usual->rules.skip_bad);
    words.shard = "2/5";
    const auto partitions = make_import_spec(words);
    BOOST_REQUIRE(partitions);
    BOOST_TEST((partitions->shard == listing_shard{2, 5}));
    BOOST_TEST(!partitions->listing.has_value());
    words.by_listing = true;
    words.on_bad = "skip";
    const auto spec = make_import_spec(words);
    BOOST_REQUIRE(spec);
    BOOST_TEST(spec->rules.skip_bad);
    BOOST_TEST((spec->listing->shard == listing_shard{2, 5}));
    for (const std::string wrong : {"0/5", "6/5", "2", "2/", "/5", "2/5x", "-1/5", " 2/5"}) {
        words.shard = wrong;
        const auto refused = make_import_spec(words);
        BOOST_REQUIRE_MESSAGE(!refused, wrong);
        BOOST_TEST(mentions(refused.error().where, "--shard " + wrong));
    }
    words.shard.clear();
    words.on_bad = "ignore";
    BOOST_TEST(mentions(make_import_spec(words).error().where, "--on-bad"));
}

BOOST_AUTO_TEST_CASE(a_part_of_an_export_is_named_as_an_export_s_part_is) {
    import_words words;
    words.from = "s3://bucket/p";
    words.to = "copy";
    words.start = "0=seq:5,1=time:1970-01-01T00:00:01Z";
    words.end = "1/9";
    words.partitions = "1,0";
    words.follow = true;
    words.poll = "250ms";
    const auto spec = make_import_spec(words);
    BOOST_REQUIRE_MESSAGE(spec, spec.error().where);
    BOOST_TEST(spec->start.of(0).value == 5);
    BOOST_TEST(spec->start.of(1).value == 1'000'000);
    BOOST_TEST((spec->end.of(0).what == place::kind::saved));
    BOOST_TEST(spec->end.of(1).value == 9);
    BOOST_TEST((spec->partitions == std::vector<partition_pair>{{1, 0}, {0, 1}}));
    BOOST_TEST(spec->follow);
    BOOST_TEST(spec->poll.count() == 250);
    const auto refused = [](const import_words& wrong, const std::string& how) {
        const auto made = make_import_spec(wrong);
        BOOST_REQUIRE(!made);
        BOOST_TEST(mentions(made.error().where, how), made.error().where);
    };
    import_words wrong = words;
    wrong.end = "latest";
    refused(wrong, "--end latest: with --follow");
    wrong = words;
    wrong.start = "yesterday";
    refused(wrong, "--start");
    wrong = words;
    wrong.start = "1=seq:10";
    refused(wrong, "the start lies behind the end");
    wrong.start = "seq:10";
    refused(wrong, "--start seq:10 --end 1/9");
    wrong.follow = false;
    wrong.poll.clear();
    wrong.start = "time:1970-01-01T00:00:02Z";
    wrong.end = "time:1970-01-01T00:00:01Z";
    refused(wrong, "the start lies behind the end");
    wrong.end = "seq:1"; // which of them comes first is not known yet
    BOOST_TEST(make_import_spec(wrong).has_value());
    wrong = words;
    wrong.partitions = "1=0,2=0";
    refused(wrong, "--partitions");
    wrong = words;
    wrong.shard = "1/2";
    refused(wrong, "only one of them");
    wrong = words;
    wrong.poll = "1ms";
    refused(wrong, "--poll 1ms");
    wrong = words;
    wrong.by_listing = true;
    refused(wrong, "not to --by-listing");
    wrong.start = "saved";
    wrong.end.clear();
    using pairs = std::vector<partition_pair>;
    BOOST_TEST((make_import_spec(wrong)->partitions == pairs{{0, 0}, {1, 0}}));
    BOOST_TEST(!make_import_spec(wrong)->listing->keep_partitions);
    wrong.partitions = "2=1,5=0";
    BOOST_TEST((make_import_spec(wrong)->partitions == pairs{{2, 1}, {5, 0}}));
    BOOST_TEST(make_import_spec(wrong)->listing->keep_partitions);
    wrong.partitions = "keep";
    BOOST_TEST(make_import_spec(wrong)->partitions.empty());
    BOOST_TEST(make_import_spec(wrong)->listing->keep_partitions);
    wrong.by_listing = false;
    refused(wrong, "--partitions keep: belongs to --by-listing");
}

BOOST_AUTO_TEST_CASE(how_often_a_followed_prefix_is_looked_at) {
    import_words words;
    words.from = "s3://bucket/p";
    words.to = "copy";
    words.by_listing = true;
    words.poll = "1m";
    BOOST_TEST(mentions(make_import_spec(words).error().where, "--poll: belongs to --follow"));
    words.follow = true;
    const auto spec = make_import_spec(words);
    BOOST_REQUIRE(spec);
    BOOST_TEST(spec->follow);
    BOOST_TEST((spec->poll == std::chrono::minutes(1)));
    words.poll.clear();
    BOOST_TEST((make_import_spec(words)->poll == std::chrono::seconds(10)));
    for (const std::string wrong : {"9ms", "0", "soon"}) {
        words.poll = wrong;
        BOOST_TEST(mentions(make_import_spec(words).error().where, "--poll"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
