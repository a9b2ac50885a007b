// s3client: how a request's body is protected and sent, try by try.
#include "../core/checksum_headers.hpp"
#include "client_impl.hpp"
#include "framed_body.hpp"

#include <sluice/base/text.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

/// Of a signed chunk's data: S3 wants at least 8 KiB, and as much as this is collected.
constexpr std::uint64_t signed_chunk_bytes = 64 << 10;

/// The call's own headers, and what tells of the chunks.
void add_chunked_headers(header_list& headers, const header_list& own, const chunked_shape& shape) {
    bool named = false;
    for (const header each : own) {
        named = named || each.name == "content-encoding";
        if (each.name == "content-encoding")
            headers.push_back({each.name, "aws-chunked," + std::string(each.value)});
        else
            headers.push_back(each);
    }
    if (!named) headers.push_back({"content-encoding", "aws-chunked"});
    headers.push_back({"x-amz-decoded-content-length", std::to_string(shape.size)});
    if (!shape.trailer_name.empty()) headers.push_back({"x-amz-trailer", shape.trailer_name});
}

void add_computed_checksum(header_list& headers, const checksum& sum) {
    headers.push_back({checksum_header(sum.algorithm), encode_checksum(sum)});
}

} // namespace

void client_impl::prepare_own_body(call& c) {
    if (!c.payload_hash.empty()) return;
    if (c.what().body.empty()) {
        c.payload_hash = empty_payload;
        return;
    }
    const sha256_digest digest = sha256(as_bytes(c.what().body));
    c.body_hash = std::make_unique<std::string>(hex(digest));
    c.payload_hash = *c.body_hash;
}

/// Back to the front of the body; false: it must be read before its head is written.
bool client_impl::body_is_ready(call& c) const {
    if (c.body_touched) c.from->rewind();
    c.body_touched = false;
    choose_payload(c);
    if (c.is_chunked()) return true;
    if (c.payload_hash.empty() && c.body_hash) c.payload_hash = *c.body_hash;
    const bool sum = !c.has_sum && c.compute != checksum::kind::none;
    return !c.payload_hash.empty() && !sum;
}

/// What must be known of the body.
task<wire_result<void>> client_impl::prepare_body(call& c) {
    const bool hash = c.payload_hash.empty();
    const bool sum = !c.has_sum && c.compute != checksum::kind::none;
    const auto known = co_await read_ahead(c, hash, sum);
    if (!known) co_return known.error();
    c.from->rewind();
    c.body_touched = false;
    if (hash) c.payload_hash = *c.body_hash;
    co_return wire_result<void>();
}

/// What the head will say of the body; empty: its hash. May differ from try to try, as it becomes
/// known what the store can do.
void client_impl::choose_payload(call& c) const {
    const capabilities& able = options_.able;
    if (!options_.send_checksums && c.compute != checksum::kind::md5)
        c.compute = checksum::kind::none;
    const bool computes = c.compute != checksum::kind::none;
    // No trailer carries an MD5.
    const bool behind = computes && c.compute != checksum::kind::md5 && able.trailers;
    const bool empty = c.from->size() == 0;
    if (!signs_payload(computes || c.has_sum))
        c.payload_hash = behind && !empty ? unsigned_chunks_and_trailer : unsigned_payload;
    else if (able.signed_chunks && !empty && (behind || !computes))
        c.payload_hash = behind ? signed_chunks_and_trailer : signed_chunks;
    else
        c.payload_hash = std::string_view();
}

/// The first pass over a body: read, hash, hold nothing.
task<wire_result<void>> client_impl::read_ahead(call& c, bool hash, bool sum) {
    constexpr std::uint64_t breath = 256 << 10;
    sha256_stream digest;
    running_checksum running(sum ? c.compute : checksum::kind::none);
    std::uint64_t left = c.from->size(), since_breath = 0;
    c.body_touched = true;
    while (left > 0) {
        const auto piece = co_await c.from->next(breath);
        if (!piece) co_return caller_error(piece.error());
        if (piece->empty() || piece->size() > left) break; // sending will say what is wrong
        if (hash) digest.update(*piece);
        running.update(*piece);
        left -= piece->size();
        since_breath += piece->size();
        if (since_breath < breath) continue;
        since_breath = 0;
        co_await boost::asio::post(use_awaitable);
    }
    if (hash) c.body_hash = std::make_unique<std::string>(hex(digest.finish()));
    if (sum) *c.sum = running.finish();
    c.has_sum = c.has_sum || sum;
    co_return wire_result<void>();
}

std::chrono::sys_seconds client_impl::store_time() const {
    return std::chrono::floor<std::chrono::seconds>(now_by(options_.clock)) + skew_;
}

/// Signed at the time of sending, anew for every try.
client_impl::signed_request
client_impl::write_head(call& c, connection& over, const chunked_shape& shape) {
    const endpoint& where = endpoint_of(c.bucket());
    const request& what = c.what();
    place_request(where, what.bucket, what.key, place_);
    const written_target& target = target_.write(place_.raw_path, what.query);
    header_list& headers = headers_;
    headers.clear();
    headers.push_back({"host", place_.host_header});
    headers.push_back({"user-agent", "sluice"});
    const bool has_body = what.method == "PUT" || what.method == "POST";
    std::uint64_t size = c.from != nullptr ? c.from->size() : what.body.size();
    if (c.is_chunked()) size = encoded_size(shape);
    if (has_body) headers.push_back({"content-length", std::to_string(size)});
    if (c.is_chunked())
        add_chunked_headers(headers, what.headers, shape);
    else
        headers.append(what.headers);
    if (!c.is_chunked() && c.compute != checksum::kind::none)
        add_computed_checksum(headers, *c.sum);
    const signing_place signed_at{where.region, store_time()};
    signed_request made;
    made.chain = signer_.sign(what.method, target, headers, c.payload_hash, signed_at);
    made.head = over.spare().take_text();
    append_request_head(made.head, what.method, target, headers);
    if (c.from == nullptr) made.head += what.body;
    return made;
}

task<wire_result<void>> client_impl::send(call& c, connection& over, deadline by) {
    c.body_touched = true;
    chunked_shape shape;
    if (c.is_chunked()) {
        shape.is_signed = !c.payload_hash.starts_with("STREAMING-UNSIGNED");
        shape.size = c.from->size();
        shape.chunk = shape.is_signed ? signed_chunk_bytes : shape.size;
        if (c.has_trailer()) {
            checksum like;
            like.algorithm = c.compute;
            shape.trailer_name = checksum_header(c.compute);
            shape.trailer_size = encode_checksum(like).size();
        }
    }
    signed_request made = write_head(c, over, shape);
    if (!c.is_chunked()) co_return co_await over.send(std::move(made.head), c.from, by);
    const auto trailer = c.has_trailer() ? c.compute : checksum::kind::none;
    std::string room = over.spare().take_text();
    framed_body framed(*c.from, shape, std::move(made.chain), trailer, room);
    auto sent = co_await over.send(std::move(made.head), &framed, by);
    if (sent && c.has_trailer()) *c.sum = framed.sum();
    over.spare().give_text(std::move(room));
    co_return sent;
}

/// Under TLS, or where the store checks the checksum in the header, the body need not be signed;
/// but where it refuses checksums, nothing else tells it what the bytes should be.
bool client_impl::signs_payload(bool has_checksum) const {
    if (options_.who.anonymous) return false;
    if (options_.signing == payload_signing::always) return true;
    if (options_.signing == payload_signing::never) return false;
    if (checksums_refused_) return true;
    if (options_.where.tls) return false;
    return !(options_.store_verifies_checksums && options_.send_checksums && has_checksum);
}

} // namespace sluice::s3
