// test support: a request as it would go over the wire, without what depends on time and identity.
#pragma once

#include "core/addressing.hpp"
#include "core/request_builder.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace sluice::s3 {

/// The head, path style, and behind it the body that is ours.
inline std::string wire_text(const result<request>& made) {
    BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().where));
    const placed_request place = place_request(endpoint(), made->bucket, made->key);
    const written_target target = write_target(place.raw_path, made->query);
    return write_request_head(made->method, target.wire(), made->headers) + made->body;
}

inline void refused_as_unsafe(const result<request>& made, const std::string& named) {
    BOOST_TEST_CONTEXT(named) {
        BOOST_REQUIRE(!made.has_value());
        BOOST_TEST((made.error().code == s3_errc::unsafe_input));
        BOOST_TEST(made.error().where.find(named) != std::string::npos, made.error().where);
    }
}

} // namespace sluice::s3
