// s3client: one try of a call: sign, send, read the answer.
#include "client_impl.hpp"

#include <sluice/base/text.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_xml = 16 << 20;
constexpr std::size_t most_error = 64 << 10;
/// An answer that came early is on its way already.
constexpr std::chrono::milliseconds early_patience{1000};

wire_failure refused(failure why) {
    wire_failure wrapped;
    wrapped.why = std::move(why);
    return wrapped;
}

} // namespace

task<wire_result<answer>> client_impl::try_once(call& c, try_account& account, deadline by) {
    auto prepared = co_await prepare_body(c); // may take long: before a connection is held
    if (!prepared) {
        account.of_caller = prepared.error().of_caller;
        co_return prepared.error();
    }
    const placed_request place =
        place_request(endpoint_of(c.what.bucket), c.what.bucket, c.what.key);
    co_await options_.to_server->enter(); // before a connection is held
    auto lent = co_await pool_.acquire(place.server, account.fresh_connection, by);
    if (!lent) co_return wire_error(lent.error().code, lent.error().where);
    connection& over = **lent;
    over.obey(options_.to_server.get(), options_.in_all.get());
    account.was_idle = lent->was_idle();
    ++stats_.requests;
    c.body_touched = true;
    account.identity = identity_;
    auto sent = co_await over.send(write_head(c, place), c.from, by);
    if (!sent) {
        account.of_caller = sent.error().of_caller;
        co_return sent.error();
    }
    auto got = co_await read_answer(c, over, account, by);
    account.answer_begun = over.answer_begun();
    if (!got) account.of_caller = got.error().of_caller;
    co_return got;
}

/// Back to the front of the body, and its hash if it is to be signed.
task<wire_result<void>> client_impl::prepare_body(call& c) {
    if (c.from == nullptr) {
        if (c.payload_hash.empty()) {
            const sha256_digest digest = sha256(as_bytes(c.what.body));
            c.payload_hash = hex(digest);
        }
        co_return wire_result<void>();
    }
    if (c.body_touched) c.from->rewind();
    if (!signs_payload(c.has_checksum)) {
        c.payload_hash = unsigned_payload;
    } else if (c.payload_hash.empty() || c.payload_hash == unsigned_payload) {
        const auto hashed = co_await hash_body(c);
        if (!hashed) co_return hashed.error();
        c.from->rewind();
    }
    co_return wire_result<void>();
}

/// The first pass over a body that is signed: read, hash, hold nothing.
task<wire_result<void>> client_impl::hash_body(call& c) {
    constexpr std::uint64_t breath = 4 << 20;
    sha256_stream hash;
    std::uint64_t left = c.from->size(), since_breath = 0;
    c.body_touched = true;
    while (left > 0) {
        const auto piece = co_await c.from->next(options_.limits.window);
        if (!piece) co_return caller_error(piece.error());
        if (piece->empty() || piece->size() > left) break; // sending will say what is wrong
        hash.update(*piece);
        left -= piece->size();
        since_breath += piece->size();
        if (since_breath < breath) continue;
        since_breath = 0;
        co_await boost::asio::post(use_awaitable);
    }
    c.payload_hash = hex(hash.finish());
    co_return wire_result<void>();
}

/// Signed at the time of sending, anew for every try.
std::string client_impl::write_head(call& c, const placed_request& place) {
    const written_target target = write_target(place.raw_path, c.what.query);
    header_list headers;
    headers.push_back({"host", place.host_header});
    headers.push_back({"user-agent", "sluice"});
    const bool has_body = c.what.method == "PUT" || c.what.method == "POST";
    const std::uint64_t size = c.from != nullptr ? c.from->size() : c.what.body.size();
    if (has_body) headers.push_back({"content-length", std::to_string(size)});
    headers.insert(headers.end(), c.what.headers.begin(), c.what.headers.end());
    const auto now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + skew_;
    signer_.sign(
        c.what.method, target, headers, c.payload_hash, endpoint_of(c.what.bucket).region, now
    );
    std::string head = write_request_head(c.what.method, target.wire(), headers);
    if (c.from == nullptr) head += c.what.body;
    return head;
}

task<wire_result<answer>>
client_impl::read_answer(call& c, connection& over, try_account& account, deadline by) {
    const client_limits& limits = options_.limits;
    const auto patience = c.thinks_long ? limits.complete : limits.first_byte;
    const bool early = over.ended_early();
    const std::chrono::milliseconds wait = early ? early_patience : patience;
    auto head = co_await over.read_head(wait, c.what.method == "HEAD", by);
    if (!head) co_return head.error();
    answer got;
    got.head = std::move(*head);
    const bool success = is_success(got.head);
    if (success && early)
        co_return wire_error(s3_errc::malformed_answer, "a success before the body was sent");
    if (success && c.to != nullptr) {
        const auto size = c.progress->begin(got.head);
        if (!size) co_return wire_error(size.error().code, size.error().where);
        if (!c.progress->continues()) {
            auto begun = c.to->begin(*size);
            if (!begun) co_return caller_error(begun.error());
        }
        std::uint64_t arrived = 0;
        const auto read = co_await over.read_data(*size, *c.to, arrived, by);
        c.progress->took(arrived);
        if (!read) co_return read.error();
        co_return std::move(got);
    }
    const auto text_patience = c.thinks_long ? limits.complete : limits.idle;
    auto text = co_await over.read_text(success ? most_xml : most_error, text_patience, by);
    if (text)
        got.text = std::move(*text);
    else if (success)
        co_return text.error();
    if (success && c.examine) {
        auto fine = c.examine(got);
        if (!fine) co_return refused(fine.error());
    }
    if (success) co_return std::move(got);
    account.region = read_region(got);
    account.server_time = read_server_time(got.head);
    account.hint = read_retry_hint(got.head);
    co_return refused(read_failure(got, c.what.about));
}

/// Under TLS, or where the store checks the checksum in the header, the body need not be signed.
bool client_impl::signs_payload(bool has_checksum) const {
    if (options_.signing == payload_signing::always) return true;
    if (options_.signing == payload_signing::never || options_.where.tls) return false;
    if (options_.who.anonymous) return false;
    return !(options_.store_verifies_checksums && options_.send_checksums && has_checksum);
}

endpoint client_impl::endpoint_of(const std::string& bucket) const {
    const auto known = regions_.find(bucket);
    return known == regions_.end() ? options_.where : in_region(options_.where, known->second);
}

} // namespace sluice::s3
