// test: pages of keys, uploads and parts.
#include "core/listing.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

using namespace sluice::sim;

namespace sim_listing_test {

object_map keys(std::initializer_list<std::string> names) {
    object_map out;
    for (const auto& name : names)
        out[name] = std::make_shared<const object>();
    return out;
}

list_query query(const std::string& text) {
    auto asked = read_list_query(*parse_target("/b?list-type=2&" + text));
    BOOST_REQUIRE(asked);
    return *asked;
}

/// Pages of a listing as text: "a b [c/] | d".
std::string pages(const object_map& all, const std::string& text) {
    auto asked = query(text);
    std::string out;
    for (int guard = 0; guard < 100; ++guard) {
        const auto page = list_objects(all, asked);
        std::vector<std::string> found;
        for (const auto& one : page.objects)
            found.push_back(one->first);
        for (const auto& prefix : page.prefixes)
            found.push_back('[' + prefix + ']');
        for (const auto& one : found)
            out += (out.empty() || out.back() == ' ' ? "" : " ") + one;
        if (page.next_token.empty()) return out;
        BOOST_TEST(found.size() == asked.max_keys);
        asked.token = page.next_token;
        out += " | ";
    }
    return "endless";
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

upload_map uploads(std::initializer_list<std::pair<std::string, std::string>> names) {
    upload_map out;
    for (const auto& [key, id] : names) {
        upload one;
        one.key = key;
        one.id = id;
        out.emplace(std::make_pair(key, id), one);
    }
    return out;
}

} // namespace sim_listing_test

using namespace sim_listing_test;

BOOST_AUTO_TEST_SUITE(sim_listing)

BOOST_AUTO_TEST_CASE(pages_cover_every_key_once_and_in_byte_order) {
    const auto all = keys({"b", "a", "\xff", "a\x01", "Z", "aa"});
    BOOST_TEST(pages(all, "max-keys=2") == "Z a | a\x01 aa | b \xff");
    BOOST_TEST(pages(all, "max-keys=3") == "Z a a\x01 | aa b \xff");
    BOOST_TEST(pages(all, "") == "Z a a\x01 aa b \xff");
    BOOST_TEST(pages(all, "prefix=a&max-keys=1") == "a | a\x01 | aa");
    BOOST_TEST(pages(all, "start-after=a") == "a\x01 aa b \xff");
    BOOST_TEST(pages(all, "prefix=a&start-after=b") == "");
    BOOST_TEST(pages({}, "") == "");
}

BOOST_AUTO_TEST_CASE(a_delimiter_gathers_keys_under_common_prefixes) {
    const auto all = keys({"a/1", "a/2", "b", "c/1", "c/d/2", "c0", "/x"});
    BOOST_TEST(pages(all, "delimiter=/") == "b c0 [/] [a/] [c/]");
    BOOST_TEST(pages(all, "delimiter=/&max-keys=1") == "[/] | [a/] | b | [c/] | c0");
    BOOST_TEST(pages(all, "delimiter=/&prefix=c/&max-keys=1") == "c/1 | [c/d/]");
    BOOST_TEST(pages(all, "delimiter=/&start-after=a/1&max-keys=2") == "b [a/] | c0 [c/]");
    BOOST_TEST(pages(all, "delimiter=d/") == "/x a/1 a/2 b c/1 c0 [c/d/]");
}

BOOST_AUTO_TEST_CASE(prefixes_that_end_with_the_highest_byte_end) {
    const auto all = keys({"\xff\xff/1", "\xff\xff/2", "\xff\xff\xff"});
    BOOST_TEST(pages(all, "delimiter=%ff%ff&max-keys=1") == "[\xff\xff]");
}

BOOST_AUTO_TEST_CASE(no_keys_are_asked_for_and_none_are_promised) {
    const auto page = list_objects(keys({"a"}), query("max-keys=0"));
    BOOST_TEST((page.objects.empty() && page.next_token.empty()));
}

BOOST_AUTO_TEST_CASE(parameters_that_make_no_sense_are_refused) {
    for (const std::string text :
         {"max-keys=x",
          "max-keys=-1",
          "encoding-type=utf",
          "continuation-token=",
          "continuation-token=%21"}) {
        const auto asked = read_list_query(*parse_target("/b?list-type=2&" + text));
        BOOST_TEST((!asked && asked.error().code == "InvalidArgument"), text);
    }
    BOOST_TEST(query("max-keys=5000").max_keys == 1000u);
    BOOST_TEST(!read_list_query(*parse_target("/b?list-type=1")));
    BOOST_TEST(read_list_query(*parse_target("/b"))->first_version);
}

BOOST_AUTO_TEST_CASE(keys_are_escaped_or_encoded_as_asked) {
    const auto all = keys({"a b&<\x01\r\"~*+%/\xc3\xa9"});
    auto asked = query("");
    const auto plain = list_document(asked, list_objects(all, asked));
    BOOST_TEST(holds(plain, "<Key>a b&amp;&lt;&#1;&#13;&quot;~*+%/\xc3\xa9</Key>"));
    asked.url_encoded = true;
    const auto encoded = list_document(asked, list_objects(all, asked));
    BOOST_TEST(holds(encoded, "<Key>a+b%26%3C%01%0D%22%7E*%2B%25/%C3%A9</Key>"));
    BOOST_TEST(holds(encoded, "<EncodingType>url</EncodingType>"));
}

BOOST_AUTO_TEST_CASE(uploads_are_paged_by_key_and_id) {
    const auto all = uploads({{"a", "1"}, {"a", "2"}, {"b", "1"}, {"c", "0"}});
    const auto document = [&all](const std::string& text) {
        return uploads_document(all, *read_uploads_query(*parse_target("/b?uploads&" + text)));
    };
    const auto first = document("max-uploads=1");
    BOOST_TEST(
        holds(first, "<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>")
    );
    BOOST_TEST(holds(first, "<IsTruncated>true</IsTruncated>"));
    const auto second = document("key-marker=a&upload-id-marker=1");
    BOOST_TEST(holds(second, "<Key>a</Key><UploadId>2</UploadId>"));
    BOOST_TEST(!holds(second, "<Key>a</Key><UploadId>1</UploadId>"));
    BOOST_TEST(holds(second, "<IsTruncated>false</IsTruncated>"));
    BOOST_TEST(!holds(document("key-marker=a"), "<Key>a</Key>"));
    BOOST_TEST(!holds(document("prefix=b"), "<Key>c</Key>"));
}

BOOST_AUTO_TEST_CASE(parts_are_paged_by_number) {
    upload from;
    for (const unsigned number : {1u, 2u, 5u}) {
        part one;
        one.size = number * 10;
        from.parts[number] = std::make_shared<const part>(one);
    }
    const auto first =
        parts_document(from, *read_parts_query(*parse_target("/b/k?uploadId=u&max-parts=2")));
    BOOST_TEST(holds(first, "<NextPartNumberMarker>2</NextPartNumberMarker>"));
    BOOST_TEST(holds(first, "<IsTruncated>true</IsTruncated>"));
    const auto rest = parts_document(
        from, *read_parts_query(*parse_target("/b/k?uploadId=u&part-number-marker=2"))
    );
    BOOST_TEST(holds(rest, "<PartNumber>5</PartNumber>"));
    BOOST_TEST(!holds(rest, "<PartNumber>2</PartNumber>"));
    BOOST_TEST(holds(rest, "<IsTruncated>false</IsTruncated>"));
}

BOOST_AUTO_TEST_CASE(the_first_version_goes_on_behind_a_name) {
    const auto all = keys({"a", "b/1", "b/2", "c", "d"});
    const auto page = [&all](const std::string& text) {
        const auto asked = read_list_query(*parse_target("/b?" + text));
        BOOST_REQUIRE(asked);
        return list_document(*asked, list_objects(all, *asked));
    };
    const auto first = page("max-keys=2");
    BOOST_TEST(holds(first, "<IsTruncated>true</IsTruncated>"));
    BOOST_TEST(!holds(first, "NextMarker"));
    BOOST_TEST(!holds(first, "NextContinuationToken"));
    BOOST_TEST(!holds(first, "KeyCount"));
    BOOST_TEST(holds(page("max-keys=2&marker=b/1"), "<Key>b/2</Key>"));
    BOOST_TEST(!holds(page("max-keys=2&marker=b/1"), "<Key>b/1</Key>"));
    const auto grouped = page("max-keys=2&delimiter=/");
    BOOST_TEST(holds(grouped, "<Prefix>b/</Prefix>"));
    BOOST_TEST(holds(grouped, "<NextMarker>b/</NextMarker>"));
    const auto next = page("max-keys=2&delimiter=/&marker=b/");
    BOOST_TEST(!holds(next, "<Prefix>b/</Prefix>"));
    BOOST_TEST(holds(next, "<Key>c</Key>"));
    BOOST_TEST(holds(next, "<IsTruncated>false</IsTruncated>"));
}

BOOST_AUTO_TEST_SUITE_END()
