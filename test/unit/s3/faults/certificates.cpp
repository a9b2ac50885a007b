// Tests of s3client/src/io/tls_stream.cpp: which certificates are refused, with what words; where a
// handshake may break; whose end is believed; and that sessions are resumed.
#include "io/tls_stream.hpp"
#include "made_certificates.hpp"
#include "run_task.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;

BOOST_AUTO_TEST_SUITE(certificates)

using plan = certificate_plan;

/// The authorities of a small world: a root that is trusted, one that is not, and two below the
/// first.
struct world {
    identity root = make_identity(authority_plan("root"), nullptr);
    identity stranger = make_identity(authority_plan("stranger"), nullptr);
    identity between = make_identity(authority_plan("between"), &root);

    static const world& one() {
        static const world made;
        return made;
    }
};

/// A handshake with that server. Empty: it went well; else what was said.
struct handshake {
    s3_errc code{};
    std::string said;
};
handshake shake(tls_context& with, tls_server& server, const std::string& host = "good.example") {
    boost::asio::io_context on;
    const auto begin = [&]() -> task<result<void>> {
        auto wire = connect_to(server);
        auto stream = co_await with.start(std::move(wire), host, deadline::never());
        if (!stream) co_return stream.error();
        co_return result<void>();
    };
    const auto done = test::run_task(on, begin());
    handshake end;
    if (done) return end;
    BOOST_REQUIRE((done.error().code.category() == s3_category()));
    end.code = static_cast<s3_errc>(done.error().code.value());
    end.said = describe(done.error());
    return end;
}

std::unique_ptr<tls_context> trusting(const std::string& bundle) {
    const written_file file(bundle);
    auto made = create_tls_context(file.path, true);
    BOOST_REQUIRE(made.has_value());
    return std::move(*made);
}

struct offered {
    plan what;
    const identity* by = nullptr; ///< null: itself
    std::vector<const X509*> chain;
    std::string host = "good.example";
};

handshake
offer(const offered& each, const std::string& bundle = pem_of(*world::one().root.certificate)) {
    const identity server_identity = make_identity(each.what, each.by);
    tls_server server(server_identity, each.chain);
    const auto context = trusting(bundle);
    return shake(*context, server, each.host);
}

plan named(const std::string& names) {
    plan made;
    made.names = names;
    return made;
}

BOOST_AUTO_TEST_CASE(good_ones_are_taken) {
    const world& w = world::one();
    plan long_rsa;
    long_rsa.rsa_bits = 2048;
    const offered good[] = {
        {plan(), &w.root, {}, "good.example"},
        {plan(), &w.root, {}, "GOOD.example"},
        {named("DNS:other.example,DNS:good.example"), &w.root, {}, "good.example"},
        {named("DNS:*.good.example"), &w.root, {}, "a.good.example"},
        {named("IP:127.0.0.1"), &w.root, {}, "127.0.0.1"},
        {named("IP:::1"), &w.root, {}, "::1"},
        {plan(), &w.between, {w.between.certificate.get()}, "good.example"},
        {long_rsa, &w.root, {}, "good.example"},
    };
    for (const offered& each : good)
        BOOST_TEST(offer(each).said == "", each.what.names << " for " << each.host);
    // Trusted by itself.
    const identity lone = make_identity(plan(), nullptr);
    tls_server server(lone, {});
    BOOST_TEST(shake(*trusting(pem_of(*lone.certificate)), server).said == "");
    // Nobody asks.
    const identity bad = make_identity(named("DNS:other.example"), nullptr);
    tls_server any(bad, {});
    auto careless = create_tls_context("", false);
    BOOST_TEST(shake(**careless, any).said == "");
}

struct refused {
    const char* words; ///< the verdict
    const char* way;   ///< and what to do
    offered what;
};

void is_refused(const handshake& end, const refused& each) {
    BOOST_TEST((end.code == s3_errc::tls_failed), end.said);
    BOOST_TEST(end.said.find("the certificate is refused: ") != std::string::npos, end.said);
    BOOST_TEST(end.said.find(each.words) != std::string::npos, end.said);
    BOOST_TEST(end.said.find(each.way) != std::string::npos, end.said);
    BOOST_TEST(end.said.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_ones_are_refused_by_name) {
    const world& w = world::one();
    const char* const its_name = "give --endpoint-url a name";
    const char* const its_issuer = "name its certificate with --ca-bundle";
    const char* const unfit = "is not fit for a server";
    const char* const new_one = "the store needs a new one";
    const auto changed = [](auto change) {
        plan made;
        change(made);
        return made;
    };
    plan no_authority = authority_plan("no authority"), no_signer = authority_plan("no signer");
    no_authority.constraints = "critical,CA:FALSE";
    no_signer.usage = "critical,digitalSignature";
    plan old_authority = authority_plan("old"), bounded = authority_plan("bounded"),
         last = authority_plan("last");
    old_authority.ends = -60;
    bounded.name_constraints = "critical,permitted;DNS:only.test";
    last.constraints = "critical,CA:TRUE,pathlen:0";
    const identity pretender = make_identity(no_authority, &w.root),
                   scribe = make_identity(no_signer, &w.root),
                   old = make_identity(old_authority, &w.root),
                   narrow = make_identity(bounded, &w.root), end = make_identity(last, &w.root),
                   beyond = make_identity(authority_plan("beyond"), &end);
    const refused all[] = {
        {"certificate has expired",
         "the store needs a valid one",
         {changed([](plan& p) { p.ends = -60; }), &w.root, {}}},
        {"certificate is not yet valid",
         "unless this machine's clock is wrong",
         {changed([](plan& p) { p.begins = 1800; }), &w.root, {}}},
        {"hostname mismatch", its_name, {named("DNS:other.example"), &w.root, {}}},
        {"hostname mismatch",
         its_name,
         {named("DNS:*.good.example"), &w.root, {}, "a.b.good.example"}},
        {"hostname mismatch", its_name, {named("DNS:*.good.example"), &w.root, {}}},
        {"hostname mismatch", its_name, {named("DNS:*.example"), &w.root, {}}},
        {"hostname mismatch",
         its_name,
         {named("DNS:g*.good.example"), &w.root, {}, "go.good.example"}},
        {"hostname mismatch", its_name, {named("DNS:good.example.evil.test"), &w.root, {}}},
        {"hostname mismatch", its_name, {named(""), &w.root, {}}}, // the common name only
        {"IP address mismatch", its_name, {named("IP:127.0.0.2"), &w.root, {}, "127.0.0.1"}},
        {"IP address mismatch", its_name, {named("DNS:127.0.0.1"), &w.root, {}, "127.0.0.1"}},
        {"self-signed certificate", its_issuer, {plan(), nullptr, {}}},
        {"self-signed certificate in certificate chain",
         its_issuer,
         {plan(), &w.stranger, {w.stranger.certificate.get()}}},
        {"unable to get local issuer certificate", its_issuer, {plan(), &w.stranger, {}}},
        {"unable to get local issuer certificate", its_issuer, {plan(), &w.between, {}}},
        {"invalid CA certificate", unfit, {plan(), &pretender, {pretender.certificate.get()}}},
        {"", "", {plan(), &scribe, {scribe.certificate.get()}}},
        {"certificate has expired",
         "the store needs a valid one",
         {plan(), &old, {old.certificate.get()}}},
        {"permitted subtree violation", unfit, {plan(), &narrow, {narrow.certificate.get()}}},
        {"path length constraint exceeded",
         unfit,
         {plan(), &beyond, {beyond.certificate.get(), end.certificate.get()}}},
        {"unsuitable certificate purpose",
         unfit,
         {changed([](plan& p) { p.purpose = "clientAuth"; }), &w.root, {}}},
        {"unsuitable certificate purpose",
         unfit,
         {changed([](plan& p) { p.usage = "critical,cRLSign"; }), &w.root, {}}},
        {"EE certificate key too weak",
         new_one,
         {changed([](plan& p) { p.rsa_bits = 1024; }), &w.root, {}}},
        {"CA signature digest algorithm too weak",
         new_one,
         {changed([](plan& p) { p.digest = "SHA1"; }), &w.root, {}}},
    };
    static_assert(std::size(all) >= 12);
    for (const refused& each : all)
        BOOST_TEST_CONTEXT(each.words << ": " << each.what.what.names << " for " << each.what.host)
    is_refused(offer(each.what), each);
}

BOOST_AUTO_TEST_CASE(revoked_ones_are_refused_where_there_are_lists) {
    const world& w = world::one();
    const identity gone = make_identity(plan(), &w.root), fine = make_identity(plan(), &w.root),
                   other = make_identity(plan(), &w.between);
    const std::string root = pem_of(*w.root.certificate);
    const auto list = make_revocations(w.root, {gone.certificate.get()});
    const auto with_list = trusting(root + pem_of(*list));
    tls_server revoked(gone, {}), valid(fine, {}), unlisted(other, {w.between.certificate.get()});
    is_refused(shake(*with_list, revoked), {"certificate revoked", "needs a new one", {}});
    BOOST_TEST(shake(*with_list, valid).said == "");
    is_refused(
        shake(*with_list, unlisted), {"unable to get certificate CRL", "revocation lists", {}}
    );
    BOOST_TEST(shake(*trusting(root), revoked).said == "", "nobody says so");
}

BOOST_AUTO_TEST_CASE(old_protocols_are_refused) {
    const world& w = world::one();
    const identity fine = make_identity(plan(), &w.root);
    const auto context = trusting(pem_of(*w.root.certificate));
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        tls_server old(fine, {});
        SSL_CTX_set_max_proto_version(old.context.get(), version);
        const handshake end = shake(*context, old);
        BOOST_TEST((end.code == s3_errc::tls_failed), end.said);
        BOOST_TEST(end.said.find("the handshake failed") != std::string::npos, end.said);
    }
    tls_server twelve(fine, {});
    SSL_CTX_set_max_proto_version(twelve.context.get(), TLS1_2_VERSION);
    BOOST_TEST(shake(*context, twelve).said == "");
}

BOOST_AUTO_TEST_CASE(the_servers_name_is_asked_for_and_an_address_is_not) {
    const world& w = world::one();
    const identity fine = make_identity(named("DNS:good.example,IP:127.0.0.1"), &w.root);
    tls_server server(fine, {});
    const auto context = trusting(pem_of(*w.root.certificate));
    BOOST_TEST(shake(*context, server).said == "");
    BOOST_TEST(server.asked_name == "good.example");
    BOOST_TEST(shake(*context, server, "127.0.0.1").said == "");
    BOOST_TEST(server.asked_name == "");
}

/// Cut behind any byte, in either direction, and bytes one by one.
BOOST_AUTO_TEST_CASE(handshakes_cut_anywhere) {
    const world& w = world::one();
    const identity fine = make_identity(plan(), &w.root);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        tls_server server(fine, {});
        SSL_CTX_set_max_proto_version(server.context.get(), version);
        SSL_CTX_set_session_cache_mode(server.context.get(), SSL_SESS_CACHE_OFF);
        SSL_CTX_set_num_tickets(server.context.get(), 0);
        SSL_CTX_set_options(server.context.get(), SSL_OP_NO_TICKET);
        const auto context = trusting(pem_of(*w.root.certificate));
        server.slice = 1;
        BOOST_TEST(shake(*context, server).said == "");
        server.slice = SIZE_MAX;
        BOOST_TEST(shake(*context, server).said == "");
        const std::size_t sent = server.sent, taken = server.taken;
        // Sizes vary by a few bytes with the signature: stay before the last flight's end.
        const std::size_t margin = 16;
        for (const bool silent : {false, true}) {
            server.silent_at_cut = silent;
            for (std::size_t at = 0; at + margin < sent; at += at < 100 ? 1 : 13) {
                server.cut_sent = at;
                const handshake end = shake(*context, server);
                const s3_errc wanted = silent ? s3_errc::timed_out : s3_errc::connection_lost;
                BOOST_TEST((end.code == wanted), at << " sent: " << end.said);
                const bool asks = end.said.find("does the server speak TLS") != std::string::npos;
                BOOST_TEST(asks == silent, end.said);
            }
            server.cut_sent = SIZE_MAX;
            if (silent) break;
            for (std::size_t at = 1; at < 100; ++at) {
                server.cut_taken = at;
                BOOST_TEST((shake(*context, server).code == s3_errc::connection_lost), at);
            }
            BOOST_TEST(taken > 100u);
            server.cut_taken = SIZE_MAX;
        }
    }
}

/// What a stream gives until its end, and how it ended.
struct read_to_end {
    std::string text;
    error_code end;
};
read_to_end ask(tls_context& with, tls_server& server) {
    boost::asio::io_context on;
    read_to_end seen;
    const auto talk = [&]() -> task<void> {
        auto wire = connect_to(server);
        auto stream = co_await with.start(std::move(wire), "good.example", deadline::never());
        BOOST_REQUIRE(stream.has_value());
        byte_stream& over = **stream;
        BOOST_REQUIRE(over.try_write(as_bytes(std::string_view("ask"))).bytes == 3u);
        std::byte room[100];
        while (!seen.end) {
            const moved step = over.try_read(room);
            seen.text += as_text(bytes_view(room, step.bytes));
            seen.end = step.error;
            if (step.bytes > 0 || step.error) continue;
            seen.end = co_await over.wait(step.next, deadline::never());
        }
    };
    test::run_task(on, talk());
    return seen;
}

BOOST_AUTO_TEST_CASE(only_an_announced_end_is_an_end) {
    const world& w = world::one();
    const identity fine = make_identity(plan(), &w.root);
    const auto context = trusting(pem_of(*w.root.certificate));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        tls_server server(fine, {});
        SSL_CTX_set_max_proto_version(server.context.get(), version);
        server.answer = "the answer";
        const read_to_end whole = ask(*context, server);
        BOOST_TEST(whole.text == "the answer");
        BOOST_TEST((whole.end == boost::asio::error::eof));
        BOOST_TEST(server.request == "ask");
        server.says_goodbye = false;
        const read_to_end cut = ask(*context, server);
        BOOST_TEST(cut.text == "the answer");
        BOOST_TEST((cut.end == boost::asio::error::connection_reset));
    }
}

BOOST_AUTO_TEST_CASE(an_answer_of_many_records_comes_whole) {
    const world& w = world::one();
    const identity fine = make_identity(plan(), &w.root);
    const auto context = trusting(pem_of(*w.root.certificate));
    std::string answer;
    while (answer.size() < 1 << 20)
        answer += std::to_string(answer.size()) + ' ';
    for (const std::size_t slice : {std::size_t{777}, std::size_t{20'000}, SIZE_MAX}) {
        tls_server server(fine, {});
        server.answer = answer;
        server.slice = slice;
        const read_to_end whole = ask(*context, server);
        BOOST_TEST((whole.text == answer), "in pieces of " << slice);
        BOOST_TEST((whole.end == boost::asio::error::eof));
    }
}

BOOST_AUTO_TEST_CASE(the_next_connection_resumes_the_session) {
    const world& w = world::one();
    const identity fine = make_identity(named("DNS:good.example,DNS:next.example"), &w.root);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        tls_server server(fine, {});
        SSL_CTX_set_max_proto_version(server.context.get(), version);
        server.answer = "the answer";
        const auto context = trusting(pem_of(*w.root.certificate));
        for (unsigned n = 0; n < 4; ++n) {
            BOOST_TEST(ask(*context, server).text == "the answer");
            BOOST_TEST(server.handshakes == n + 1);
            BOOST_TEST(server.resumed == n);
            BOOST_TEST(server.client_said_goodbye);
        }
        // Each host has its own, and each context.
        BOOST_TEST(shake(*context, server, "next.example").said == "");
        BOOST_TEST(server.resumed == 3u);
        const auto other = trusting(pem_of(*w.root.certificate));
        BOOST_TEST(ask(*other, server).text == "the answer");
        BOOST_TEST(server.resumed == 3u);
        // A server that has forgotten it, and has another certificate now, is verified anew.
        tls_server changed(make_identity(named("DNS:evil.example"), &w.root), {});
        SSL_CTX_set_max_proto_version(changed.context.get(), version);
        BOOST_TEST((shake(*context, changed).code == s3_errc::tls_failed));
    }
}

BOOST_AUTO_TEST_CASE(a_bundle_that_is_none_is_named) {
    auto missing = create_tls_context("/nonexistent/bundle.pem", true);
    BOOST_REQUIRE(missing.has_error());
    BOOST_TEST((missing.error().code == errc::not_found));
    BOOST_TEST(missing.error().where.find("/nonexistent/bundle.pem") != std::string::npos);
    const written_file empty("no certificate here\n");
    auto none = create_tls_context(empty.path, true);
    BOOST_REQUIRE(none.has_error());
    BOOST_TEST((none.error().code == errc::invalid_argument));
    BOOST_TEST(none.error().where.find(empty.path) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
