// engine: names of everything that lies in a bucket.
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/object_key.hpp>

#include <fmt/format.h>

#include <charconv>

namespace sluice {

namespace {

bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Digits only, no sign; nullopt for anything else, or when too large.
template <class Number>
std::optional<Number> parse_digits(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

/// `avro`, `ndjson.gz`: words of lower-case letters and digits with single dots between.
bool is_extension(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos &&
           text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos;
}

/// Takes the text up to `mark`, which goes too; nullopt when there is none.
std::optional<std::string_view> take_until(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view head = text.substr(0, at);
    text.remove_prefix(at + 1);
    return head;
}

} // namespace

std::string object_key(const object_name& name) {
    std::string key = fmt::format("partition={}/{:020}", name.first.partition, name.first.sequence);
    if (name.first.offset != 0) key += fmt::format(".{:016}", name.first.offset);
    return key + fmt::format("-{}-{}.{}", name.epoch, name.nonce, name.extension);
}

std::optional<object_name> parse_object_key(std::string_view relative) {
    constexpr std::string_view start = "partition=";
    if (relative.substr(0, start.size()) != start) return std::nullopt;
    std::string_view rest = relative.substr(start.size());
    const auto partition = take_until(rest, '/');
    auto place = take_until(rest, '-');
    const auto epoch = take_until(rest, '-');
    const auto nonce = take_until(rest, '.');
    if (!partition || !place || !epoch || !nonce) return std::nullopt;
    std::string_view offset_text = *place;
    const auto sequence_text = take_until(offset_text, '.');

    const auto number = parse_digits<std::uint32_t>(*partition);
    const auto sequence = parse_digits<std::int64_t>(sequence_text ? *sequence_text : *place);
    const auto offset =
        sequence_text ? parse_digits<std::int64_t>(offset_text) : std::optional<std::int64_t>(0);
    const auto claim = parse_digits<std::uint64_t>(*epoch);
    if (!number || !sequence || !offset || !claim) return std::nullopt;
    if (nonce->size() != 8 || !is_lower_hex(*nonce) || !is_extension(rest)) return std::nullopt;
    object_name name;
    name.first = position{*number, *sequence, *offset};
    name.epoch = *claim;
    name.nonce = *nonce;
    name.extension = rest;
    if (object_key(name) != relative) return std::nullopt;
    return name;
}

std::string join_key(std::string_view folder, std::string_view relative) {
    if (folder.empty()) return std::string(relative);
    return fmt::format("{}/{}", folder, relative);
}

std::string partition_prefix(std::string_view folder, std::uint32_t partition) {
    return join_key(folder, fmt::format("partition={}/", partition));
}

std::string stream_document_key(std::string_view folder) {
    return join_key(folder, "_sluice/stream.json");
}

std::string commit_prefix(std::string_view folder, std::uint32_t partition) {
    return join_key(folder, fmt::format("_sluice/commits/p={}/", partition));
}

std::string commit_key(std::string_view folder, std::uint32_t partition, std::uint64_t number) {
    return commit_prefix(folder, partition) + fmt::format("{:020}.json", number);
}

std::string page_key(std::string_view folder, std::uint32_t partition, std::uint64_t first) {
    return join_key(folder, fmt::format("_sluice/pages/p={}/{:020}.ndjson", partition, first));
}

std::optional<std::uint64_t> parse_commit_number(std::string_view key) {
    constexpr std::string_view end = ".json";
    const auto slash = key.rfind('/');
    if (slash != std::string_view::npos) key.remove_prefix(slash + 1);
    if (key.size() != 20 + end.size() || key.substr(20) != end) return std::nullopt;
    return parse_digits<std::uint64_t>(key.substr(0, 20));
}

std::string short_incarnation(std::string_view incarnation) {
    const sha256_digest digest = sha256(as_bytes(incarnation));
    return hex(bytes_view(digest).first(4));
}

std::string new_token() {
    return hex(random_bytes(16));
}

std::string nonce_of(std::string_view token) {
    return std::string(token.substr(0, 8));
}

std::string transfer_of_claim(
    std::string_view kind,
    std::string_view stream,
    std::string_view incarnation,
    std::string_view bucket,
    std::string_view folder
) {
    std::string all(kind);
    for (const std::string_view each : {stream, incarnation, bucket, folder}) {
        all += '\0';
        all += each;
    }
    const sha256_digest digest = sha256(as_bytes(all));
    return hex(bytes_view(digest).first(8));
}

} // namespace sluice
