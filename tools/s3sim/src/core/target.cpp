// s3sim: splits and decodes request targets.
#include "core/target.hpp"

#include "core/uri_text.hpp"

#include <algorithm>

namespace sluice::sim {

const std::string* target::find(std::string_view name) const {
    for (const auto& one : query) {
        if (one.name == name) return &one.value;
    }
    return nullptr;
}

std::string target::get(std::string_view name) const {
    const auto* value = find(name);
    return value ? *value : std::string();
}

outcome<target> parse_target(std::string_view raw) {
    target out;
    const auto mark = raw.find('?');
    const auto path = uri_decode(raw.substr(0, mark), false);
    if (!path) return refuse(400, "InvalidURI", "Couldn't parse the specified URI.");
    out.path = *path;
    auto rest = mark == raw.npos ? std::string_view() : raw.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto piece = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (piece.empty()) continue;
        const auto equals = std::min(piece.find('='), piece.size());
        const auto name = uri_decode(piece.substr(0, equals), true);
        const auto value = uri_decode(piece.substr(std::min(equals + 1, piece.size())), true);
        if (!name || !value) return refuse(400, "InvalidURI", "Couldn't parse the specified URI.");
        if (out.find(*name))
            return refuse(400, "InvalidArgument", "Query parameter " + *name + " is repeated");
        out.query.push_back({*name, *value});
    }
    return out;
}

std::string canonical_path(const target& where) {
    return uri_encode(where.path, true);
}

std::string canonical_query(const target& where) {
    std::vector<std::pair<std::string, std::string>> encoded;
    for (const auto& one : where.query) {
        encoded.emplace_back(uri_encode(one.name, false), uri_encode(one.value, false));
    }
    std::sort(encoded.begin(), encoded.end());
    std::string out;
    for (const auto& [name, value] : encoded) {
        if (!out.empty()) out += '&';
        out += name + '=' + value;
    }
    return out;
}

} // namespace sluice::sim
