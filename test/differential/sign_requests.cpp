// test: signs the requests that come in as lines, for a script that has them signed by others too.
//
// A line is: method, region, seconds since 1970, session token, validity in seconds (0: in the
// head), payload hash, path, queries (name=value), headers (name:value); tabs between these, '&'
// between items, everything percent-encoded. One line with the signature comes out for each.
#include "core/sigv4.hpp"

#include <sluice/base/text.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::s3;

namespace {

std::vector<std::string> split(const std::string& text, char mark) {
    std::vector<std::string> pieces;
    std::size_t from = 0;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, from)) {
        pieces.push_back(text.substr(from, at - from));
        from = at + 1;
    }
    pieces.push_back(text.substr(from));
    return pieces;
}

std::string decoded(const std::string& text) {
    return percent_decode(text).value();
}

std::vector<std::pair<std::string, std::string>> pairs(const std::string& text, char mark) {
    std::vector<std::pair<std::string, std::string>> all;
    if (text.empty()) return all;
    for (const std::string& each : split(text, '&')) {
        const auto at = each.find(mark);
        all.emplace_back(decoded(each.substr(0, at)), decoded(each.substr(at + 1)));
    }
    return all;
}

std::string sign_line(const std::string& line) {
    const auto fields = split(line, '\t');
    credentials who{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", false};
    who.session_token = decoded(fields.at(3));
    const signing_place place{
        fields.at(1), std::chrono::sys_seconds(std::chrono::seconds(std::stoll(fields.at(2))))};
    const std::string path = decoded(fields.at(6));
    query_list query;
    for (auto& [name, value] : pairs(fields.at(7), '='))
        query.push_back({name, value});
    header_list headers;
    for (auto& [name, value] : pairs(fields.at(8), ':'))
        headers.push_back({name, value});
    signer pen(who);
    std::string text;
    if (const std::chrono::seconds valid(std::stoll(fields.at(4))); valid.count() != 0) {
        text = pen.presign(fields.at(0), path, query, headers, place, valid).value();
    } else {
        pen.sign(fields.at(0), write_target(path, query), headers, decoded(fields.at(5)), place);
        text = *headers.find("authorization");
    }
    return text.substr(text.rfind('=') + 1);
}

} // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);)
        std::cout << sign_line(line) << '\n';
}
