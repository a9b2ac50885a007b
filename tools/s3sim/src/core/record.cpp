// s3sim: writes and reads records.
#include "core/record.hpp"

#include "core/uri_text.hpp"

#include <vector>

namespace sluice::sim {

namespace record_detail {

struct line {
    std::string name;
    std::vector<std::string> values;
};

void put(std::string& to, std::string_view name, std::string_view value) {
    to += name;
    to += ' ';
    to += uri_encode(value, false);
    to += '\n';
}

void put(std::string& to, std::string_view name, std::uint64_t value) {
    put(to, name, std::to_string(value));
}

void put(std::string& to, std::string_view name, sys_seconds value) {
    put(to, name, static_cast<std::uint64_t>(value.time_since_epoch().count()));
}

void put_headers(std::string& to, const std::vector<header>& headers) {
    for (const auto& one : headers)
        to += "header " + uri_encode(one.name, false) + ' ' + uri_encode(one.value, false) + '\n';
}

void put_tags(std::string& to, const tag_set& tags) {
    for (const auto& [name, value] : tags)
        to += "tag " + uri_encode(name, false) + ' ' + uri_encode(value, false) + '\n';
}

void put_sums(std::string& to, const checksum_set& sums) {
    if (sums.told != checksum_kind::none) put(to, "told", name_of(sums.told));
    if (sums.crc64nvme) put(to, "crc64nvme", *sums.crc64nvme);
    if (sums.crc32c) put(to, "crc32c", std::uint64_t(*sums.crc32c));
    if (sums.crc32) put(to, "crc32", std::uint64_t(*sums.crc32));
    if (!sums.sha256.empty()) put(to, "sha256", sums.sha256);
    if (!sums.composite.empty()) put(to, "composite", sums.composite);
}

void put_piece(std::string& to, const blob& one) {
    to += "piece " + uri_encode(one.name(), false) + ' ' + std::to_string(one.size()) + '\n';
}

std::optional<line> read_line(std::string_view text) {
    line out;
    bool first = true;
    while (true) {
        const auto end = text.find(' ');
        const auto word = uri_decode(text.substr(0, end), false);
        if (!word) return std::nullopt;
        if (first) {
            out.name = *word;
        } else {
            out.values.push_back(*word);
        }
        first = false;
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    const bool pair = out.name == "header" || out.name == "piece" || out.name == "tag";
    const std::size_t wanted = pair ? 2 : 1;
    if (out.values.size() != wanted) return std::nullopt;
    return out;
}

/// Every record ends with this line, so that a cut one is recognised.
constexpr std::string_view last_line = "end .\n";

std::optional<std::vector<line>> read_lines(std::string_view text) {
    std::vector<line> out;
    if (!text.ends_with(last_line)) return std::nullopt;
    text.remove_suffix(last_line.size());
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == text.npos) return std::nullopt;
        auto one = read_line(text.substr(0, end));
        if (!one) return std::nullopt;
        out.push_back(std::move(*one));
        text.remove_prefix(end + 1);
    }
    return out;
}

/// Sees to the lines that several kinds of record share.
struct reader {
    bool good = true;
    std::string key, id, etag, key_md5;
    std::uint64_t size = 0, number = 0;
    sys_seconds when;
    std::vector<header> headers;
    tag_set tags;
    checksum_set sums;
    checksum_kind algorithm = checksum_kind::none;
    bool composite_type = false;
    std::vector<blob_ptr> pieces;

    std::uint64_t count(const std::string& text) {
        // Above 19 digits parse_number gives up; a CRC64 may need 20.
        std::uint64_t value = 0;
        good = good && !text.empty();
        for (const char c : text) {
            good = good && c >= '0' && c <= '9';
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        return value;
    }

    checksum_kind kind(const std::string& text) {
        for (const auto one : checksum_kinds) {
            if (text == name_of(one)) return one;
        }
        good = false;
        return checksum_kind::none;
    }

    void take(const line& one, const find_blob& find) {
        const auto& value = one.values[0];
        if (one.name == "key")
            key = value;
        else if (one.name == "id")
            id = value;
        else if (one.name == "etag")
            etag = value;
        else if (one.name == "key-md5")
            key_md5 = value;
        else if (one.name == "size")
            size = count(value);
        else if (one.name == "number")
            number = count(value);
        else if (one.name == "when")
            when = sys_seconds(std::chrono::seconds(count(value)));
        else if (one.name == "header")
            headers.push_back({value, one.values[1]});
        else if (one.name == "tag")
            tags[value] = one.values[1];
        else if (one.name == "told")
            sums.told = kind(value);
        else if (one.name == "crc64nvme")
            sums.crc64nvme = count(value);
        else if (one.name == "crc32c")
            sums.crc32c = static_cast<std::uint32_t>(count(value));
        else if (one.name == "crc32")
            sums.crc32 = static_cast<std::uint32_t>(count(value));
        else if (one.name == "sha256")
            sums.sha256 = value;
        else if (one.name == "composite")
            sums.composite = value;
        else if (one.name == "algorithm")
            algorithm = kind(value);
        else if (one.name == "type")
            composite_type = value == "COMPOSITE";
        else if (one.name == "piece")
            pieces.push_back(find(value, count(one.values[1])));
        else
            good = false;
        if (!pieces.empty() && !pieces.back()) good = false;
    }
};

std::optional<reader> read(std::string_view text, const find_blob& find) {
    const auto lines = read_lines(text);
    if (!lines) return std::nullopt;
    reader out;
    for (const auto& one : *lines)
        out.take(one, find);
    if (!out.good) return std::nullopt;
    return out;
}

blob_ptr find_nothing(const std::string&, std::uint64_t) {
    return nullptr;
}

} // namespace record_detail

using namespace record_detail;

std::string write_bucket_record(sys_seconds created) {
    std::string out;
    put(out, "when", created);
    return out.append(last_line);
}

std::string write_object_record(const std::string& key, const object& one) {
    std::string out;
    put(out, "key", key);
    put(out, "size", one.size);
    put(out, "etag", one.etag);
    put(out, "when", one.modified);
    put_headers(out, one.headers);
    put_tags(out, one.tags);
    put_sums(out, one.sums);
    if (!one.key_md5.empty()) put(out, "key-md5", one.key_md5);
    for (const auto& piece : one.pieces)
        put_piece(out, *piece);
    return out.append(last_line);
}

std::string write_upload_record(const upload& one) {
    std::string out;
    put(out, "key", one.key);
    put(out, "id", one.id);
    put(out, "when", one.initiated);
    if (one.algorithm != checksum_kind::none) put(out, "algorithm", name_of(one.algorithm));
    if (one.composite) put(out, "type", "COMPOSITE");
    if (!one.key_md5.empty()) put(out, "key-md5", one.key_md5);
    put_headers(out, one.headers);
    put_tags(out, one.tags);
    return out.append(last_line);
}

std::string write_part_record(unsigned number, const part& one) {
    std::string out;
    put(out, "number", std::uint64_t(number));
    put(out, "size", one.size);
    put(out, "etag", one.etag);
    put(out, "when", one.modified);
    put_sums(out, one.sums);
    put_piece(out, *one.data);
    return out.append(last_line);
}

std::optional<sys_seconds> read_bucket_record(std::string_view text) {
    const auto found = read(text, find_nothing);
    if (!found) return std::nullopt;
    return found->when;
}

std::optional<object_record> read_object_record(std::string_view text, const find_blob& find) {
    auto found = read(text, find);
    if (!found || found->key.empty() || found->etag.empty()) return std::nullopt;
    object_record out;
    out.key = std::move(found->key);
    out.one.size = found->size;
    out.one.etag = std::move(found->etag);
    out.one.modified = found->when;
    out.one.headers = std::move(found->headers);
    out.one.tags = std::move(found->tags);
    out.one.sums = std::move(found->sums);
    out.one.key_md5 = std::move(found->key_md5);
    out.one.pieces = std::move(found->pieces);
    return out;
}

std::optional<upload> read_upload_record(std::string_view text) {
    auto found = read(text, find_nothing);
    if (!found || found->key.empty() || found->id.empty()) return std::nullopt;
    upload out;
    out.key = std::move(found->key);
    out.id = std::move(found->id);
    out.initiated = found->when;
    out.headers = std::move(found->headers);
    out.tags = std::move(found->tags);
    out.algorithm = found->algorithm;
    out.composite = found->composite_type;
    out.key_md5 = std::move(found->key_md5);
    return out;
}

std::optional<part_record> read_part_record(std::string_view text, const find_blob& find) {
    auto found = read(text, find);
    if (!found || found->number < 1 || found->number > 10'000 || found->pieces.size() != 1)
        return std::nullopt;
    part_record out;
    out.number = static_cast<unsigned>(found->number);
    out.one.size = found->size;
    out.one.etag = std::move(found->etag);
    out.one.modified = found->when;
    out.one.sums = std::move(found->sums);
    out.one.data = std::move(found->pieces.front());
    return out;
}

} // namespace sluice::sim
