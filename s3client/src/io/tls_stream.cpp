// s3client: OpenSSL driven without blocking, over a stream that is tried first and waited for
// second.
#include "tls_stream.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/ca_bundle.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::s3 {

namespace {

struct free_ssl {
    void operator()(SSL* it) const { SSL_free(it); }
    void operator()(SSL_CTX* it) const { SSL_CTX_free(it); }
    void operator()(SSL_SESSION* it) const { SSL_SESSION_free(it); }
    void operator()(ASN1_OCTET_STRING* it) const { ASN1_OCTET_STRING_free(it); }
};
template <class T>
using owned = std::unique_ptr<T, free_ssl>;

/// The last session of each host: the next connection resumes it, which saves both sides most of a
/// handshake. Whoever resumes is the peer whose certificate was verified.
using kept_sessions = std::map<std::string, owned<SSL_SESSION>>;

/// Where a connection's session goes; shared, as connections may outlive the context.
struct session_place {
    std::shared_ptr<kept_sessions> all;
    owned<SSL_SESSION>* of_host = nullptr; ///< in `all`
};

int keep_session(SSL* of, SSL_SESSION* fresh) {
    auto* const place = static_cast<session_place*>(SSL_get_app_data(of));
    if (place == nullptr) return 0;
    place->of_host->reset(fresh);
    return 1; // the reference is ours now
}

struct free_room {
    void operator()(std::byte* it) const { std::free(it); }
};
using wire_room = std::unique_ptr<std::byte[], free_room>;

/// Bytes per receive; behind the beginning of a page, as the socket's own are: that is copied best.
constexpr std::size_t room_bytes = 256 << 10, page_bytes = 4096;

/// Room for what has been received and OpenSSL has not asked for yet. Few connections have some at
/// a time, and take what is hot in the cache: it is given back whenever it is empty.
struct wire_rooms {
    wire_room take() {
        if (kept.empty()) {
            wire_room made(static_cast<std::byte*>(std::aligned_alloc(page_bytes, room_bytes)));
            if (!made) throw std::bad_alloc();
            return made;
        }
        wire_room taken = std::move(kept.back());
        kept.pop_back();
        return taken;
    }
    void give(wire_room back) {
        constexpr std::size_t most_kept = 4;
        if (kept.size() < most_kept) kept.push_back(std::move(back));
    }
    std::vector<wire_room> kept;
};

/// What OpenSSL's side of the wire needs: the stream below and the last error of it.
struct wire {
    byte_stream& below;
    std::shared_ptr<wire_rooms> rooms; ///< connections may outlive the context
    wire_room in = nullptr;
    std::size_t first = 0, left = 0; ///< of `in`
    error_code error = {};
    bool drained = false; ///< nothing more is there now

    /// Many records at once.
    moved receive() {
        moved step;
        if (drained) return step;
        in = rooms->take();
        step = below.try_read({in.get(), room_bytes});
        drained = step.drained;
        first = 0;
        left = step.bytes;
        if (left == 0) rooms->give(std::move(in));
        return step;
    }
    std::size_t hand_out(bytes_span to) {
        const std::size_t n = std::min(to.size(), left);
        std::memcpy(to.data(), in.get() + first, n);
        first += n;
        left -= n;
        if (left == 0) rooms->give(std::move(in));
        return n;
    }
};

wire& wire_of(BIO* bio) {
    return *static_cast<wire*>(BIO_get_data(bio));
}

/// OpenSSL asks for a record's head, and then for its rest: what it would read ahead by itself, it
/// moves to the front of its buffer record by record, three times as many bytes as come.
int wire_read(BIO* bio, char* into, int size) {
    wire& through = wire_of(bio);
    BIO_clear_retry_flags(bio);
    if (through.left == 0) {
        const moved step = through.receive();
        through.error = step.error;
        if (step.bytes == 0) {
            if (!step.error) BIO_set_retry_read(bio);
            return step.error == boost::asio::error::eof ? 0 : -1;
        }
    }
    const bytes_span to(reinterpret_cast<std::byte*>(into), static_cast<std::size_t>(size));
    return static_cast<int>(through.hand_out(to));
}

int wire_write(BIO* bio, const char* from, int size) {
    wire& through = wire_of(bio);
    BIO_clear_retry_flags(bio);
    const moved step = through.below.try_write(
        {reinterpret_cast<const std::byte*>(from), static_cast<std::size_t>(size)}
    );
    if (step.bytes > 0) return static_cast<int>(step.bytes);
    if (!step.error) BIO_set_retry_write(bio);
    through.error = step.error;
    return -1;
}

long wire_control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and a library may not touch SIGPIPE.
BIO_METHOD* wire_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice wire");
        BIO_meth_set_read(made, wire_read);
        BIO_meth_set_write(made, wire_write);
        BIO_meth_set_ctrl(made, wire_control);
        return made;
    }();
    return method;
}

std::string last_reason() {
    const unsigned long code = ERR_peek_last_error();
    const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
    return text == nullptr ? "the connection was closed" : text;
}

class tls_stream final : public byte_stream {
  public:
    tls_stream(
        std::unique_ptr<byte_stream> below,
        session_place place,
        std::shared_ptr<wire_rooms> rooms,
        owned<SSL> ssl
    )
        : below_(std::move(below)),
          wire_{*below_, std::move(rooms)},
          place_(std::move(place)),
          ssl_(std::move(ssl)) {
        SSL_set_app_data(ssl_.get(), &place_);
        if (*place_.of_host) SSL_set_session(ssl_.get(), place_.of_host->get());
        BIO* const bio = BIO_new(wire_method());
        BIO_set_data(bio, &wire_);
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl_.get(), bio, bio); // takes it
    }
    ~tls_stream() override {
        ERR_clear_error();
        if (!broken_) SSL_shutdown(ssl_.get()); // says goodbye when there is room; never waits
    }

    moved try_handshake() {
        ERR_clear_error();
        const int done = SSL_connect(ssl_.get());
        moved step = after(done);
        step.bytes = done == 1 ? 1 : 0;
        return step;
    }
    /// As many records as have come, up to the size of `into`.
    moved try_read(bytes_span into) override {
        moved total;
        wire_.drained = false;
        ERR_clear_error(); // what succeeds leaves none behind
        while (total.bytes < into.size()) {
            std::size_t n = 0;
            const int done =
                SSL_read_ex(ssl_.get(), into.data() + total.bytes, into.size() - total.bytes, &n);
            total.bytes += n;
            if (done == 1) continue;
            const moved step = after(done);
            total.next = step.next;
            if (total.bytes == 0) total.error = step.error;
            total.drained = !step.error && step.next == wait_for::readable;
            break;
        }
        return total;
    }
    moved try_write(bytes_view from) override {
        moved total;
        total.next = wait_for::writable;
        while (total.bytes < from.size()) {
            std::size_t n = 0;
            ERR_clear_error();
            const int done =
                SSL_write_ex(ssl_.get(), from.data() + total.bytes, from.size() - total.bytes, &n);
            total.bytes += n;
            if (done == 1) continue;
            const moved step = after(done);
            total.next = step.next;
            if (total.bytes == 0) total.error = step.error;
            break;
        }
        return total;
    }
    task<error_code> wait(wait_for what, deadline by) override { return below_->wait(what, by); }
    parking* parks() override { return below_->parks(); }
    bool may_hold_input() override { return is_holding() || below_->may_hold_input(); }
    /// Of the bytes that are to come, a part of a record may be here already. OpenSSL's buffers
    /// stay from turn to turn, unless the peer is slow.
    bool hold_until(std::size_t bytes) override {
        if (bytes > 1) {
            SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
        } else {
            SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
            SSL_free_buffers(ssl_.get());
        }
        const std::size_t sure = bytes > most_record ? bytes - most_record : 1;
        return below_->hold_until(std::min(sure, room_bytes));
    }
    bool has_input() override { return is_holding() || below_->has_input(); }
    std::uint64_t unacknowledged() const override { return below_->unacknowledged(); }
    void rest() override { below_->rest(); }

    long verify_result() const { return SSL_get_verify_result(ssl_.get()); }

  private:
    bool is_holding() const { return wire_.left > 0 || SSL_has_pending(ssl_.get()) == 1; }

    /// What a call that did not succeed means.
    moved after(int done) {
        moved step;
        if (done == 1) return step;
        switch (SSL_get_error(ssl_.get(), done)) {
        case SSL_ERROR_WANT_READ:
            step.next = wait_for::readable;
            return step;
        case SSL_ERROR_WANT_WRITE:
            step.next = wait_for::writable;
            return step;
        case SSL_ERROR_ZERO_RETURN:
            step.error = boost::asio::error::eof;
            return step;
        default:
            break;
        }
        broken_ = true;
        // An end that the peer did not announce may be somebody else's doing: it ends nothing well.
        const bool told = wire_.error && wire_.error != boost::asio::error::eof;
        step.error = told ? wire_.error : boost::asio::error::connection_reset;
        return step;
    }

    static constexpr std::size_t most_record = SSL3_RT_MAX_ENCRYPTED_LENGTH + 5;

    std::unique_ptr<byte_stream> below_;
    wire wire_;
    session_place place_;
    owned<SSL> ssl_;
    bool broken_ = false;
};

/// What whoever reads the verdict can do.
const char* way_out(long verdict) {
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "; the store needs a valid one, unless this machine's clock is wrong";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "; give --endpoint-url a name that the certificate is for (its subjectAltName)";
    case X509_V_ERR_CERT_REVOKED:
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return "; the store needs a new one";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return "; a CA bundle that holds revocation lists needs a current one of that issuer";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "; if you trust its issuer, name its certificate with --ca-bundle";
    default:
        return "; the store's certificate, or its issuer's, is not fit for a server";
    }
}

/// Whether it may have failed only because a session was offered: the certificate was not to blame.
bool may_be_the_session(const tls_stream& stream, error_code code) {
    return stream.verify_result() == X509_V_OK && code != boost::asio::error::timed_out;
}

failure refused_session() {
    failure why;
    why.code = s3_errc::connection_lost;
    why.where =
        "the handshake failed: " + last_reason() + "; the kept session is not offered again";
    return why;
}

failure refused_handshake(const tls_stream& stream, error_code code) {
    const std::string without_tls = "; does the server speak TLS there? (http:// is without)";
    failure why;
    why.code = s3_errc::tls_failed;
    if (const long verdict = stream.verify_result(); verdict != X509_V_OK) {
        why.where = std::string("the certificate is refused: ") +
                    X509_verify_cert_error_string(verdict) + way_out(verdict);
    } else if (ERR_peek_last_error() != 0) {
        why.where = "the handshake failed: " + last_reason() + without_tls;
    } else {
        why.code =
            code == boost::asio::error::timed_out ? s3_errc::timed_out : s3_errc::connection_lost;
        why.where = "the handshake was broken off (" + code.message() + ")";
        if (why.code == s3_errc::timed_out) why.where += without_tls;
    }
    return why;
}

class openssl_context final : public tls_context {
  public:
    explicit openssl_context(owned<SSL_CTX> context) : context_(std::move(context)) {}
    task<result<std::unique_ptr<byte_stream>>>
    start(std::unique_ptr<byte_stream> below, const std::string& host, deadline by) override;

  private:
    owned<SSL> prepare(const std::string& host) const;
    owned<SSL_CTX> context_;
    std::shared_ptr<kept_sessions> sessions_ = std::make_shared<kept_sessions>();
    std::shared_ptr<wire_rooms> rooms_ = std::make_shared<wire_rooms>();
};

/// The name or address that the certificate must be for.
owned<SSL> openssl_context::prepare(const std::string& host) const {
    owned<SSL> ssl(SSL_new(context_.get()));
    if (!ssl) return ssl;
    X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_hostflags(
        rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
    );
    const owned<ASN1_OCTET_STRING> address(a2i_IPADDRESS(host.c_str()));
    const bool named = address
                           ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1
                           : X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1 &&
                                 SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
    ERR_clear_error();
    if (!named) ssl.reset();
    return ssl;
}

task<result<std::unique_ptr<byte_stream>>>
openssl_context::start(std::unique_ptr<byte_stream> below, const std::string& host, deadline by) {
    owned<SSL> ssl = prepare(host);
    if (!ssl) {
        failure why;
        why.code = s3_errc::tls_failed;
        why.where = "the name cannot be verified";
        co_return why;
    }
    session_place place{sessions_, &(*sessions_)[host]};
    owned<SSL_SESSION>& kept = *place.of_host;
    const bool offered = kept != nullptr;
    auto stream =
        std::make_unique<tls_stream>(std::move(below), std::move(place), rooms_, std::move(ssl));
    while (true) {
        const moved step = stream->try_handshake();
        if (step.error && offered && may_be_the_session(*stream, step.error)) {
            kept.reset();
            co_return refused_session();
        }
        if (step.error) co_return refused_handshake(*stream, step.error);
        if (step.bytes != 0) break;
        const error_code late = co_await stream->wait(step.next, by);
        ERR_clear_error();
        if (late) co_return refused_handshake(*stream, late);
    }
    std::unique_ptr<byte_stream> secure = std::move(stream);
    co_return std::move(secure);
}

/// Of the ciphers for TLS 1.3 that the machine's configuration allows, AES with keys of 128 bits
/// first: it takes a tenth less time than with 256.
void prefer_shorter_keys(SSL_CTX* context) {
    constexpr std::string_view preferred = "TLS_AES_128_GCM_SHA256";
    const STACK_OF(SSL_CIPHER)* const all = SSL_CTX_get_ciphers(context);
    std::string first, others;
    for (int n = 0; n < sk_SSL_CIPHER_num(all); ++n) {
        const std::string_view name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, n));
        if (!name.starts_with("TLS_")) continue; // of an older version
        if (name == preferred)
            first = name;
        else
            others.append(":").append(name);
    }
    if (!first.empty()) SSL_CTX_set_ciphersuites(context, (first + others).c_str());
}

/// Whether there are revocation lists beside the trusted certificates.
bool holds_revocations(const SSL_CTX* context) {
    const auto* const all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
    for (int n = 0; n < sk_X509_OBJECT_num(all); ++n)
        if (X509_OBJECT_get_type(sk_X509_OBJECT_value(all, n)) == X509_LU_CRL) return true;
    return false;
}

} // namespace

result<std::unique_ptr<tls_context>>
create_tls_context(const std::string& ca_bundle, bool verify_certificate) {
    owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    if (!context) throw std::bad_alloc();
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(
        context.get(),
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    prefer_shorter_keys(context.get());
    SSL_CTX_set_verify(
        context.get(), verify_certificate ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr
    );
    SSL_CTX_set_session_cache_mode(
        context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
    );
    SSL_CTX_sess_set_new_cb(context.get(), keep_session);
    // Whatever the machine's own configuration says: no RSA below 2048 bits, no SHA-1.
    SSL_CTX_set_security_level(
        context.get(), std::max(2, SSL_CTX_get_security_level(context.get()))
    );
    ERR_clear_error();
    if (ca_bundle.empty()) {
        SSL_CTX_set_default_verify_paths(context.get());
    } else if (SSL_CTX_load_verify_locations(context.get(), ca_bundle.c_str(), nullptr) != 1) {
        const unsigned long code = ERR_peek_error();
        const bool missing = ERR_GET_LIB(code) == ERR_LIB_SYS || ERR_SYSTEM_ERROR(code);
        const failure why =
            unusable_bundle(ca_bundle, missing ? errc::not_found : errc::invalid_argument);
        ERR_clear_error();
        return why;
    }
    if (holds_revocations(context.get()))
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_CRL_CHECK);
    std::unique_ptr<tls_context> made = std::make_unique<openssl_context>(std::move(context));
    return made;
}

} // namespace sluice::s3
