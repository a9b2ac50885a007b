// Tests of s3client/src/core/build_*.cpp: every byte in every text of a request: what would end a
// line of the head is refused by name, all else arrives as one line.
#include "core/addressing.hpp"
#include "core/request_builder.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(hostile_bytes)

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

/// Nothing but its three line parts in the first line, no control byte in any other.
bool is_one_head(const request& made) {
    const endpoint where = *parse_endpoint("http://127.0.0.1:9000");
    const placed_request place = place_request(where, made.bucket, made.key);
    const std::string wire = write_target(place.raw_path, made.query).wire();
    const bool target =
        std::all_of(wire.begin(), wire.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    return target && !find_unsafe_header(made.headers);
}

using filler = std::function<result<request>(const std::string& text)>;

/// Where such a text ends up in a header as it is, a control byte is refused; elsewhere it is
/// encoded, or refused.
void check(const std::string& name, bool in_header, const filler& make) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = std::string("canary") + static_cast<char>(byte) + "x";
        const result<request> made = make(text);
        const bool control = is_control(static_cast<char>(byte));
        if (!made) {
            const failure why = made.error();
            BOOST_TEST((why.code == s3_errc::unsafe_input), name << ", byte " << byte);
            BOOST_TEST(!why.where.empty(), name << ", byte " << byte);
            BOOST_TEST((control || !in_header), name << " refuses byte " << byte);
            continue;
        }
        BOOST_TEST(!(in_header && control), name << " takes byte " << byte);
        BOOST_TEST(is_one_head(*made), name << ", byte " << byte);
    }
}

template <class Request>
Request about() {
    Request what;
    what.bucket = "b";
    what.key = "k";
    return what;
}

filler putting(std::function<void(put_request&, const std::string&)> fill) {
    return [fill](const std::string& text) {
        auto what = about<put_request>();
        fill(what, text);
        return build_put(what, true);
    };
}

BOOST_AUTO_TEST_CASE(texts_that_become_headers) {
    const std::pair<const char*, std::string put_request::*> own[] = {
        {"content type", &put_request::content_type}, {"if-match", &put_request::if_match}};
    for (const auto& [name, of] : own)
        check(name, true, putting([of = of](put_request& what, const std::string& text) {
                  what.*of = text;
              }));
    const std::pair<const char*, std::string object_traits::*> traits[] = {
        {"cache-control", &object_traits::cache_control},
        {"content-disposition", &object_traits::content_disposition},
        {"content-encoding", &object_traits::content_encoding},
        {"content-language", &object_traits::content_language},
        {"expires", &object_traits::expires},
        {"storage class", &object_traits::storage_class},
        {"acl", &object_traits::acl},
    };
    for (const auto& [name, of] : traits)
        check(name, true, putting([of = of](put_request& what, const std::string& text) {
                  what.traits.*of = text;
              }));
    check("metadata", true, putting([](put_request& what, const std::string& text) {
              what.meta["name"] = text;
          }));
    check("owner", true, putting([](put_request& what, const std::string& text) {
              what.terms.expected_owner = text;
          }));
    check("kms key", true, putting([](put_request& what, const std::string& text) {
              what.traits.protection.algorithm = encryption::kind::kms;
              what.traits.protection.kms_key_id = text;
          }));
    check("lock", true, putting([](put_request& what, const std::string& text) {
              what.traits.lock.mode = object_lock::kind::governance;
              what.traits.lock.until = text;
          }));
    check("etag of a get", true, [](const std::string& text) {
        auto what = about<get_request>();
        what.if_match = text;
        return build_get(what, true);
    });
    check("etag of a read", true, [](const std::string& text) {
        auto what = about<head_request>();
        what.only_if.if_none_match = text;
        return build_head(what, true);
    });
}

BOOST_AUTO_TEST_CASE(texts_that_are_encoded) {
    check("key", false, putting([](put_request& what, const std::string& text) {
              what.key = text;
          }));
    check("bucket", false, putting([](put_request& what, const std::string& text) {
              what.bucket = text;
          }));
    check("metadata name", false, putting([](put_request& what, const std::string& text) {
              what.meta[text] = "v";
          }));
    check("tags", false, putting([](put_request& what, const std::string& text) {
              what.traits.tags[text] = text;
          }));
    check("kms context", false, putting([](put_request& what, const std::string& text) {
              what.traits.protection.algorithm = encryption::kind::kms;
              what.traits.protection.kms_context = text;
          }));
    check("version", false, [](const std::string& text) {
        auto what = about<get_request>();
        what.version_id = text;
        return build_get(what, true);
    });
    check("upload id", false, [](const std::string& text) {
        auto what = about<upload_part_request>();
        what.upload_id = text;
        return build_upload_part(what, true);
    });
    check("token", false, [](const std::string& text) {
        list_request what;
        what.bucket = "b";
        what.token = text;
        what.prefix = what.delimiter = text;
        return build_list(what);
    });
    check("etag of a part", false, [](const std::string& text) {
        auto what = about<complete_upload_request>();
        what.upload_id = "u";
        what.parts.resize(1);
        what.parts[0].etag = text;
        return build_complete_upload(what, true);
    });
    check("source of a copy", false, [](const std::string& text) {
        auto what = about<copy_request>();
        what.from.bucket = "b";
        what.from.key = what.from.version_id = text;
        return build_copy(what, true);
    });
}

BOOST_AUTO_TEST_CASE(a_customer_key_of_any_bytes_is_encoded_and_never_told) {
    const auto make = [](std::size_t size) {
        auto what = about<put_request>();
        what.secret.bytes = std::string("canary\r\n") + std::string(size - 8, '\xff');
        return build_put(what, true);
    };
    const auto made = make(32);
    BOOST_TEST(is_one_head(made.value()));
    BOOST_TEST(made.value().carries_secret);
    const auto refused = make(31);
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST(describe(refused.error()).find("canary") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
