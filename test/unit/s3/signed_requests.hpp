// test support: the signed requests of test/vectors/s3, read.
#pragma once

#include "core/sigv4.hpp"
#include "vectors.hpp"

#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sluice::s3 {

struct vector_chunk {
    std::size_t size = 0; ///< that many 'a'
    std::string signature;
};

/// A request of test/vectors/s3; see its README.
struct vector_request {
    std::string method, path, payload, region, signature;
    query_list query;
    header_list headers;
    std::chrono::sys_seconds when;
    credentials who{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", false};
    std::chrono::seconds valid{0}; ///< presigned when not 0
    bool signs_length = false;
    std::vector<vector_chunk> chunks;
    header_list trailer;
    std::string trailer_signature;
};

inline std::pair<std::string, std::string> split_at(const std::string& text, char mark) {
    const auto at = text.find(mark);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, "no '" << mark << "' in " << text);
    const auto left = percent_decode(text.substr(0, at)),
               right = percent_decode(text.substr(at + 1));
    BOOST_REQUIRE((left && right));
    return {*left, *right};
}

inline std::chrono::sys_seconds read_date(const std::string& text) {
    const std::string iso = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) +
                            ":" + text.substr(11, 2) + ":" + text.substr(13);
    const auto micros = parse_timestamp(iso);
    BOOST_REQUIRE_MESSAGE(micros.has_value(), "no date: " << text);
    return std::chrono::sys_seconds(std::chrono::seconds(*micros / 1'000'000));
}

inline void read_line(const std::string& word, const std::string& rest, vector_request& one) {
    if (word == "method") one.method = rest;
    if (word == "path") one.path = percent_decode(rest).value();
    if (word == "payload") one.payload = rest;
    if (word == "region") one.region = rest;
    if (word == "signature") one.signature = rest;
    if (word == "date") one.when = read_date(rest);
    if (word == "token") one.who.session_token = percent_decode(rest).value();
    if (word == "valid") one.valid = std::chrono::seconds(std::stol(rest));
    if (word == "also") one.signs_length = rest == "content-length";
    if (word == "query") {
        const auto [key, value] = split_at(rest, '=');
        one.query.push_back({key, value});
    }
    if (word == "header") {
        const auto [key, value] = split_at(rest, ':');
        one.headers.push_back({key, value});
    }
    if (word == "chunk") {
        const auto [size, signature] = split_at(rest, ' ');
        one.chunks.push_back({std::stoul(size), signature});
    }
    if (word == "trailer") {
        const auto [line, signature] = split_at(rest, ' ');
        const auto [key, value] = split_at(line, ':');
        one.trailer.push_back({key, value});
        one.trailer_signature = signature;
    }
}

inline vector_request read_request(const std::string& name) {
    std::istringstream lines(read_vector("s3/" + name + ".request"));
    vector_request one;
    for (std::string line; std::getline(lines, line);) {
        const std::string word = line.substr(0, line.find(' '));
        read_line(word, line.substr(word.size() + 1), one);
    }
    return one;
}

/// The same fields, the last one first.
inline field_list backwards(const field_list& list) {
    std::vector<field> all(list.begin(), list.end());
    field_list turned;
    for (auto each = all.rbegin(); each != all.rend(); ++each)
        turned.push_back(*each);
    return turned;
}

inline std::string signature_in(const header_list& headers) {
    const auto line = headers.find("authorization");
    BOOST_REQUIRE(line.has_value());
    return std::string(line->substr(line->rfind('=') + 1));
}

} // namespace sluice::s3
