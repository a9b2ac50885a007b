// The table of faults that concern the client alone: each row by each operation that it fits, three
// seeds each. A call ends with the result that a sound store would have given, or with a failure
// that has a class; it leaves nothing behind.
#include "../http_texts.hpp"
#include "every_call.hpp"

#include <sluice/s3/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <random>

using namespace sluice;
using namespace sluice::s3;
using namespace sluice::s3::faults;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(fault_rows)

/// Other credentials by each fetch.
class newer_each_time final : public credentials_provider {
  public:
    task<result<credentials>> fetch(deadline) override {
        ++fetches_;
        credentials who{"AKID" + std::to_string(fetches_), "canary-secret", "canary-token", true};
        co_return who;
    }

  private:
    int fetches_ = 0;
};

/// What a cell must come to. No code: the result of a sound run.
struct expected {
    std::vector<s3_errc> codes;
    std::size_t requests = 0; ///< 0: any number
};

/// One cell while it is set up.
struct cell {
    client_rig& rig;
    const tried_call& what;
    const sound_run& sound;
    std::mt19937_64& random;

    std::size_t below(std::size_t limit) { return random() % limit; }
    template <class T>
    T one_of(std::initializer_list<T> choices) {
        return *(choices.begin() + below(choices.size()));
    }
    /// Which of the call's exchanges is struck.
    std::size_t struck = 0;

    scripted_server& strike(scripted_exchange bad) {
        scripted_server& server = rig.servers.emplace_back();
        for (std::size_t n = 0; n < struck; ++n)
            server.exchanges.push_back(what.exchange(n));
        server.exchanges.push_back(std::move(bad));
        return server;
    }
    /// The fault, and then a sound store, over the same connection or another.
    expected then_sound(scripted_exchange bad, bool closes = false) {
        scripted_server& server = strike(std::move(bad));
        if (!closes) {
            for (std::size_t n = struck; n < what.answers.size(); ++n)
                server.exchanges.push_back(what.exchange(n));
            server.silent_at_end = true;
        }
        what.add_sound(rig, struck);
        slice();
        return {};
    }
    /// The same for an outcome that is given back where only the caller can settle it.
    expected unclear(scripted_exchange bad, std::vector<s3_errc> codes, bool closes = false) {
        expected end = then_sound(std::move(bad), closes);
        if (!what.gives_back) return end;
        return {std::move(codes), struck + 1};
    }
    /// What is not tried again.
    expected refused(scripted_exchange bad, s3_errc code) {
        then_sound(std::move(bad));
        return {{code}, struck + 1};
    }
    /// What is asked for exactly once more: answered well then, or the same again.
    expected refused_twice(const std::string& bad, s3_errc code) {
        const bool heals = below(2) == 0;
        strike(bad);
        if (heals)
            what.add_sound(rig, struck);
        else
            for (int n = 0; n < 2; ++n)
                rig.servers.emplace_back().exchanges.emplace_back(bad);
        slice();
        return heals ? expected() : expected{{code}, struck + 2};
    }
    void slice() {
        const std::size_t bytes = one_of<std::size_t>({1, 7, 1000, SIZE_MAX});
        for (scripted_server& each : rig.servers) {
            each.slice = bytes;
            each.blocks = bytes == 7;
        }
    }
    const std::string& request() const { return sound.requests[struck]; }
    const sound_answer& good() const { return what.answers[struck]; }
    /// The sound answer, changed.
    template <class Change>
    std::string spoiled(Change change, framed_by how = framed_by::length) {
        sound_answer bad = good();
        change(bad);
        return write_answer(bad, request(), how);
    }
    std::string
    error(const std::string& status, const std::string& body, const std::string& headers = "") {
        sound_answer text{status, headers, body};
        // A HEAD's answer has no body, and tells the length of the one it would have.
        if (request().starts_with("HEAD")) {
            text.what = sound_answer::kind::no_body;
            text.headers += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        }
        const auto how = one_of({framed_by::length, framed_by::chunks});
        return write_answer(text, request(), how);
    }
    std::string
    coded(const std::string& status, const std::string& code, std::string headers = "") {
        return error(status, "<Error><Code>" + code + "</Code></Error>", headers);
    }
    bool has_body() const { return !request().starts_with("HEAD"); }
};

bool any(const tried_call&) {
    return true;
}
bool named(const tried_call& what, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), what.name) != names.end();
}
bool has_document(const tried_call& what) {
    return what.answers[0].what == sound_answer::kind::text && !what.answers[0].body.empty();
}
bool sends_data(const tried_call& what) {
    return std::string_view(what.name).starts_with("put") || named(what, {"upload_part"});
}
bool reads_data(const tried_call& what) {
    return std::string_view(what.name).starts_with("get");
}
bool reads_range(const tried_call& what) {
    return named(what, {"get_range"});
}
bool reads_sum(const tried_call& what) {
    return named(what, {"get_summed"});
}
bool shows_hidden(const tried_call& what) {
    return named(what, {"complete_upload", "copy", "copy_if_absent", "copy_part", "remove_many"});
}
bool tells_codes(const tried_call& what) {
    return !named(what, {"head", "head_bucket"});
}
/// create_bucket asks whether the bucket is ours all the same.
bool takes_a_no(const tried_call& what) {
    return !named(what, {"create_bucket"});
}
bool of_upload(const tried_call& what) {
    return what.about == subject::upload && !what.missing_is_fine;
}
bool returns_etag(const tried_call& what) {
    return sends_data(what);
}

std::string blanks(cell& c) {
    std::string text;
    for (std::size_t left = c.below(3000); left > 0; --left)
        text += " \r\n\t"[c.below(4)];
    return text;
}

/// An error's document that would grow to gigabytes, name a file, or exhaust a stack.
std::string bomb(cell& c) {
    std::string laughs = "<!DOCTYPE x [<!ENTITY a \"ha\">";
    for (char name = 'b'; name < 'k'; ++name) {
        laughs += std::string("<!ENTITY ") + name + " \"";
        for (int n = 0; n < 10; ++n)
            laughs += std::string("&") + static_cast<char>(name - 1) + ";";
        laughs += "\">";
    }
    std::string deep;
    for (int n = 0; n < 10'000; ++n)
        deep += "<a>";
    const std::string code = "]><Error><Code>&j;</Code></Error>";
    return c.one_of<std::string>(
        {laughs + code,
         "<!DOCTYPE x [<!ENTITY j SYSTEM \"file:///etc/passwd\">" + code,
         "<!DOCTYPE x SYSTEM "
         "\"http://evil.example/x.dtd\"><Error><Code>AccessDenied</Code></Error>",
         "<Error>" + deep}
    );
}

/// Something large, odd or absent below a status.
std::string odd_body(cell& c) {
    switch (c.below(5)) {
    case 0:
        return "";
    case 1:
        return "<html><body><h1>503 Service Unavailable</h1></body></html>";
    case 2:
        return std::string(200'000, 'x');
    case 3:
        return bomb(c);
    default:
        return std::string("<Error><Code>\0</Code></Error>", 29);
    }
}

struct row {
    const char* name;
    bool (*fits)(const tried_call&);
    std::function<expected(cell&)> set_up;
    std::function<void(client_options&)> adjust = [](client_options&) {};
};

std::vector<row> rows_of_refusals() {
    return {
        {"F01_the_store_is_out_of_order",
         any,
         [](cell& c) {
             const auto status = c.one_of<std::string>(
                 {"500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout"}
             );
             return c.unclear(c.coded(status, "InternalError"), {s3_errc::internal_error});
         }},
        {"F01_the_store_asks_for_less",
         any,
         [](cell& c) {
             const auto status =
                 c.one_of<std::string>({"503 Slow Down", "429 Too Many", "503 Unavailable"});
             const auto code =
                 c.one_of<std::string>({"SlowDown", "ServiceUnavailable", "TooManyRequests"});
             return c.then_sound(c.coded(status, code));
         }},
        {"F12_the_store_waited_too_long",
         tells_codes,
         [](cell& c) { return c.then_sound(c.coded("400 Bad Request", "RequestTimeout")); }},
        {"F13_the_body_arrived_damaged",
         sends_data,
         [](cell& c) {
             const auto code = c.one_of<std::string>({"BadDigest", "XAmzContentSHA256Mismatch"});
             return c.then_sound(c.coded("400 Bad Request", code));
         }},
        {"F14_F21_F22_the_upload_is_gone",
         of_upload,
         [](cell& c) {
             const auto code = c.one_of<std::string>({"NoSuchUpload", ""});
             return c.refused(c.coded("404 Not Found", code), s3_errc::no_such_upload);
         }},
        {"F23_F24_something_stands_there_already",
         any,
         [](cell& c) {
             const auto code = c.one_of<std::string>({"PreconditionFailed", ""});
             return c.refused(
                 c.coded("412 Precondition Failed", code), s3_errc::precondition_failed
             );
         }},
        {"F25_somebody_else_was_at_it",
         any,
         [](cell& c) {
             const auto code =
                 c.one_of<std::string>({"ConditionalRequestConflict", "OperationAborted"});
             return c.unclear(c.coded("409 Conflict", code), {s3_errc::conditional_conflict});
         }},
        {"F26_the_parts_do_not_fit",
         [](const tried_call& what) { return named(what, {"complete_upload"}); },
         [](cell& c) {
             const auto code =
                 c.one_of<std::string>({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"});
             return c.refused(c.coded("400 Bad Request", code), s3_errc::invalid_part);
         }},
        {"F26_the_request_is_not_understood",
         [](const tried_call& what) { return tells_codes(what) && takes_a_no(what); },
         [](cell& c) {
             return c.refused(
                 c.coded("400 Bad Request", "MalformedXML"), s3_errc::other_client_error
             );
         }},
        {"F41_the_range_is_beyond_the_end",
         reads_data,
         [](cell& c) {
             return c.refused(
                 c.coded("416 Range Not Satisfiable", "InvalidRange"), s3_errc::invalid_range
             );
         }},
        {"F42_not_allowed_any_more",
         any,
         [](cell& c) {
             return c.refused(c.coded("403 Forbidden", "AccessDenied"), s3_errc::access_denied);
         }},
        {"F43_not_there",
         [](const tried_call& what) {
             return what.about == subject::object && !what.missing_is_fine;
         },
         [](cell& c) {
             return c.refused(c.coded("404 Not Found", "NoSuchKey"), s3_errc::no_such_key);
         }},
        {"F49_what_is_gone_need_not_be_removed",
         [](const tried_call& what) { return what.missing_is_fine; },
         [](cell& c) {
             c.then_sound(c.coded("404 Not Found", ""));
             return expected{{}, 1};
         }},
        // Of a listing it is no refusal: client_calls tells how the older version is asked then.
        {"F64_the_store_does_not_take_a_header",
         [](const tried_call& what) {
             return tells_codes(what) && what.name != std::string_view("list");
         },
         [](cell& c) {
             return c.refused(
                 c.coded("501 Not Implemented", "NotImplemented"), s3_errc::not_implemented
             );
         }},
    };
}

std::vector<row> rows_of_repairs() {
    return {
        {"F50_the_clocks_differ",
         tells_codes,
         [](cell& c) {
             const auto off = c.one_of<std::chrono::minutes>({16min, -16min, 5h});
             const std::string date = http_date(std::chrono::system_clock::now() + off);
             return c.then_sound(
                 c.coded("403 Forbidden", "RequestTimeTooSkewed", "Date: " + date + "\r\n")
             );
         }},
        {"F50_the_clocks_differ_beyond_belief",
         tells_codes,
         [](cell& c) {
             const std::string date = http_date(std::chrono::system_clock::now() + 1000h);
             return c.refused(
                 c.coded("403 Forbidden", "RequestTimeTooSkewed", "Date: " + date + "\r\n"),
                 s3_errc::request_time_too_skewed
             );
         }},
        {"F51_the_token_is_old",
         tells_codes,
         [](cell& c) {
             const auto code = c.one_of<std::string>({"ExpiredToken", "InvalidToken"});
             return c.then_sound(c.coded("400 Bad Request", code));
         },
         [](client_options& options) { options.provider = std::make_shared<newer_each_time>(); }},
        {"F51_the_token_is_old_and_there_is_no_other",
         tells_codes,
         [](cell& c) {
             return c.refused(c.coded("400 Bad Request", "ExpiredToken"), s3_errc::expired_token);
         }},
        {"F52_the_bucket_lives_elsewhere",
         any,
         [](cell& c) {
             const std::string header = "x-amz-bucket-region: eu-west-3\r\n";
             switch (c.has_body() ? c.below(4) : 0) {
             case 0:
                 return c.then_sound(c.coded("301 Moved Permanently", "PermanentRedirect", header));
             case 1:
                 return c.then_sound(c.coded("307 Temporary Redirect", "", header));
             case 2:
                 return c.then_sound(c.error(
                     "400 Bad Request",
                     "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region>"
                     "</Error>"
                 ));
             default:
                 return c.then_sound(c.error(
                     "301 Moved Permanently",
                     "<Error><Code>PermanentRedirect</Code><Region>eu-west-3</Region></Error>"
                 ));
             }
         }},
        {"F52_the_bucket_lives_nowhere",
         any,
         [](cell& c) {
             const auto region = [&](const char* name) {
                 return c.coded(
                     "301 Moved Permanently",
                     "PermanentRedirect",
                     std::string("x-amz-bucket-region: ") + name + "\r\n"
                 );
             };
             scripted_server& server = c.strike(region("eu-west-3"));
             server.exchanges.emplace_back(region("eu-west-4"));
             server.exchanges.emplace_back(region("eu-west-5"));
             return expected{{s3_errc::wrong_region}, c.struck + 2};
         }},
    };
}

std::vector<row> rows_of_answers() {
    return {
        {"F02_F07_F09_F20_the_answer_is_lost",
         any,
         [](cell& c) {
             scripted_exchange bad("");
             const bool silent = c.below(3) == 0;
             const expected end = c.unclear(
                 std::move(bad), {silent ? s3_errc::timed_out : s3_errc::connection_lost}, true
             );
             c.rig.servers[0].silent_at_end = silent;
             if (c.below(2) == 0) c.rig.servers[0].at_end = boost::asio::error::connection_reset;
             return end;
         }},
        {"F03_a_success_without_its_document",
         has_document,
         [](cell& c) {
             const auto body = c.one_of<std::string>(
                 {"",
                  "<html></html>",
                  "<Other><UploadId>u</UploadId></Other>",
                  "not XML at all",
                  "<?xml version=\"1.0\"?>",
                  "<Unclosed><ETag>e</ETag>"}
             );
             return c.unclear(
                 c.spoiled([&](sound_answer& bad) { bad.body = body; }), {s3_errc::malformed_answer}
             );
         }},
        {"F03_F08_a_success_without_what_it_is_for",
         [](const tried_call& what) {
             return returns_etag(what) ||
                    named(
                        what,
                        {"create_upload", "complete_upload", "copy", "copy_if_absent", "copy_part"}
                    );
         },
         [](cell& c) {
             return c.unclear(
                 c.spoiled([&](sound_answer& bad) {
                     bad.headers.clear();
                     const auto from = bad.body.find('>') + 1, to = bad.body.rfind('<');
                     if (!bad.body.empty()) bad.body.replace(from, to - from, "<Other>1</Other>");
                 }),
                 {s3_errc::malformed_answer}
             );
         }},
        {"F05_F06_refused_amid_the_body",
         sends_data,
         [](cell& c) {
             const std::size_t head = c.request().find("\r\n\r\n") + 4;
             const std::size_t at = head + c.below(c.request().size() - head);
             const bool busy = c.below(2) == 0;
             scripted_exchange bad(
                 busy ? c.coded("503 Slow Down", "SlowDown")
                      : c.coded("403 Forbidden", "AccessDenied")
             );
             (c.below(2) == 0 ? bad.early_after : bad.reset_after) = at;
             c.then_sound(std::move(bad), true);
             if (busy) return expected();
             return expected{{s3_errc::access_denied}, 1};
         }},
        {"F16_interim_answers",
         any,
         [](cell& c) {
             std::string before;
             for (std::size_t more = 1 + c.below(3); more > 0; --more)
                 before += c.one_of<std::string>(
                     {"HTTP/1.1 100 Continue\r\n\r\n",
                      "HTTP/1.1 102 Processing\r\nx: y\r\n\r\n",
                      "HTTP/1.1 103 Early Hints\r\nLink: a\r\nLink: b\r\n\r\n"}
                 );
             scripted_exchange odd = c.what.exchange(c.struck);
             if (c.below(2) == 0) {
                 odd.interim = before;
                 odd.interim_after = c.below(c.request().size());
             } else {
                 odd = scripted_exchange(before + write_answer(c.good(), c.request()));
             }
             scripted_server& server = c.strike(std::move(odd));
             for (std::size_t n = c.struck + 1; n < c.what.answers.size(); ++n)
                 server.exchanges.push_back(c.what.exchange(n));
             server.silent_at_end = true;
             c.slice();
             return expected{{}, c.what.answers.size()};
         }},
        {"F16_an_expectation_failed",
         takes_a_no,
         [](cell& c) {
             return c.refused(c.error("417 Expectation Failed", ""), s3_errc::other_client_error);
         }},
        {"F17_white_space_before_the_result",
         shows_hidden,
         [](cell& c) {
             const auto how = c.one_of({framed_by::length, framed_by::chunks});
             const std::string slow = c.spoiled(
                 [&](sound_answer& bad) {
                     bad.body =
                         blanks(c) + "<?xml version=\"1.0\"?>" + blanks(c) + bad.body + blanks(c);
                 },
                 how
             );
             c.then_sound(slow);
             return expected{{}, c.what.answers.size()};
         }},
        {"F18_white_space_before_a_failure",
         shows_hidden,
         [](cell& c) {
             return c.unclear(
                 c.spoiled([&](sound_answer& bad) {
                     bad.body = blanks(c) + "<Error><Code>InternalError</Code></Error>";
                 }),
                 {s3_errc::internal_error}
             );
         }},
        {"F19_white_space_before_a_refusal",
         shows_hidden,
         [](cell& c) {
             return c.refused(
                 c.spoiled([&](sound_answer& bad) {
                     bad.body = blanks(c) + "<Error><Code>AccessDenied</Code></Error>";
                 }),
                 s3_errc::access_denied
             );
         }},
        {"F20_white_space_and_no_more",
         shows_hidden,
         [](cell& c) {
             std::string text =
                 c.spoiled([&](sound_answer& bad) { bad.body = std::string(500, ' ') + bad.body; });
             text.resize(text.size() - 1 - c.below(300));
             return c.unclear(text, {s3_errc::truncated_body}, true);
         }},
        {"F54_odd_bodies_below_an_error",
         any,
         [](cell& c) {
             const std::string body = odd_body(c);
             if (c.below(2) == 0)
                 return c.unclear(
                     c.error("500 Internal Server Error", body), {s3_errc::internal_error}
                 );
             return c.then_sound(c.error("503 Service Unavailable", body));
         }},
        {"F54_the_body_of_an_error_has_no_end",
         tells_codes,
         [](cell& c) {
             const std::string text = "HTTP/1.1 500 Oops\r\nContent-Length: 99999999999\r\n\r\n" +
                                      std::string(c.one_of<std::size_t>({0, 10, 100'000}), 'x');
             const expected end = c.unclear(text, {s3_errc::internal_error}, true);
             c.rig.servers[0].silent_at_end = true;
             return end;
         }},
        {"F55_F58_what_is_no_http",
         any,
         [](cell& c) {
             const std::string good = write_answer(c.good(), c.request());
             std::string many = "HTTP/1.1 200 OK\r\n";
             for (int n = 0; n < 10'000; ++n)
                 many += "x: y\r\n";
             const auto text = c.one_of<std::string>(
                 {"SSH-2.0-OpenSSH_9.2\r\n\r\n",
                  "HTTP/1.1 2000 OK\r\n\r\n",
                  "HTTP/1.1 OK\r\n\r\n",
                  "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                  "HTTP/1.1 200 OK\r\nx: " + std::string(70'000, 'y') + "\r\n\r\n",
                  many + "\r\n",
                  std::string("HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n", 27),
                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                  "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                  "\r\n\r\n\r\n" + good}
             );
             return c.unclear(text, {s3_errc::malformed_answer, s3_errc::connection_lost}, true);
         }},
        {"F55_broken_chunks",
         has_document,
         [](cell& c) {
             const auto body = c.one_of<std::string>(
                 {"zz\r\n<a/>\r\n0\r\n\r\n",
                  "4\r\n<a/>x\r\n0\r\n\r\n",
                  "\r\n",
                  "ffffffffffffffffffff\r\n",
                  "-4\r\n<a/>\r\n0\r\n\r\n"}
             );
             return c.unclear(
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
                 {s3_errc::malformed_answer},
                 true
             );
         }},
        {"F56_entities_and_depth_in_a_refusal",
         [](const tried_call& what) { return tells_codes(what) && takes_a_no(what); },
         [](cell& c) {
             return c.refused(c.error("400 Bad Request", bomb(c)), s3_errc::other_client_error);
         }},
        {"F56_entities_and_depth_in_an_error",
         any,
         [](cell& c) {
             return c.unclear(
                 c.error("500 Internal Server Error", bomb(c)), {s3_errc::internal_error}
             );
         }},
        {"F56_entities_and_depth_in_a_hidden_error",
         shows_hidden,
         [](cell& c) {
             return c.unclear(
                 c.spoiled([&](sound_answer& bad) { bad.body = blanks(c) + bomb(c); }),
                 {s3_errc::malformed_answer}
             );
         }},
        {"F56_entities_and_depth_in_a_document",
         has_document,
         [](cell& c) {
             std::string hidden = "<r><![CDATA[", deep;
             for (int n = 0; n < 50'000; ++n) {
                 hidden += "</";
                 deep += "<a>";
             }
             const auto body = c.one_of<std::string>(
                 {"<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>",
                  "<r>&unknown;</r>",
                  deep,
                  hidden + "]]>" + deep}
             );
             return c.unclear(
                 c.spoiled([&](sound_answer& bad) { bad.body = body; }), {s3_errc::malformed_answer}
             );
         }},
    };
}

/// Instead of the twenty bytes from the sixth on.
row another_range(const char* name, const std::string& range) {
    return {name, reads_range, [range](cell& c) {
                sound_answer bad{"206 Partial Content", "ETag: \"e\"\r\n", std::string(20, 'x')};
                bad.what = sound_answer::kind::data;
                if (!range.empty()) bad.headers += "Content-Range: " + range + "\r\n";
                if (range == "bytes 4-24/37" || range == "bytes 5-25/37") bad.body += 'x';
                return c.refused_twice(write_answer(bad, c.request()), s3_errc::unexpected_range);
            }};
}

std::vector<row> rows_of_data() {
    return {
        {"F15_F40_the_body_stands_still",
         [](const tried_call& what) { return sends_data(what) || reads_data(what); },
         [](cell& c) {
             const std::string whole = write_answer(c.good(), c.request());
             scripted_exchange bad("");
             if (sends_data(c.what))
                 bad.early_after = c.below(c.request().size());
             else
                 bad = scripted_exchange(whole.substr(0, c.below(whole.size())));
             c.then_sound(std::move(bad), true);
             c.rig.servers[0].silent_at_end = true;
             return expected();
         }},
        another_range("F32_no_range_is_told", ""),
        another_range("F33_it_begins_earlier", "bytes 4-23/37"),
        another_range("F33_it_begins_later", "bytes 6-25/37"),
        another_range("F33_it_begins_earlier_and_is_longer", "bytes 4-24/37"),
        another_range("F33_it_ends_later", "bytes 5-25/37"),
        another_range("F39_the_objects_size_is_missing", "bytes 5-24"),
        another_range("F39_the_objects_size_is_unknown", "bytes 5-24/*"),
        another_range("F39_the_unit_is_missing", "5-24/37"),
        {"F32_the_whole_object_instead_of_a_range",
         reads_range,
         [](cell& c) {
             return c.refused_twice(write_answer(c.good(), ""), s3_errc::unexpected_range);
         }},
        {"F33_a_range_that_nobody_asked_for",
         [](const tried_call& what) {
             return named(what, {"get", "get_summed"});
         },
         [](cell& c) {
             return c.refused_twice(
                 "HTTP/1.1 206 Partial Content\r\nETag: \"e\"\r\nContent-Range: bytes 0-4/37\r\n"
                 "Content-Length: 5\r\n\r\n01234",
                 s3_errc::unexpected_range
             );
         }},
        {"F34_the_object_changes_between_two_tries",
         reads_data,
         [](cell& c) {
             const std::string whole = write_answer(c.good(), c.request());
             const std::size_t body = whole.find("\r\n\r\n") + 4;
             c.strike(whole.substr(0, body + 1 + c.below(whole.size() - body - 1)));
             scripted_server& other = c.rig.servers.emplace_back();
             if (c.below(2) == 0)
                 other.exchanges.emplace_back(c.coded("412 Precondition Failed", ""));
             else
                 other.exchanges.emplace_back([one = c.good()](const std::string& request) {
                     sound_answer changed = one;
                     changed.headers = "ETag: \"f\"\r\n";
                     return write_answer(changed, request);
                 });
             c.slice();
             return expected{{s3_errc::changed}, 2};
         }},
        {"F35_data_without_a_length",
         reads_data,
         [](cell& c) {
             const std::string head = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\n";
             const auto text = c.one_of<std::string>(
                 {head + "\r\nuntil the end",
                  head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}
             );
             return c.then_sound(text, true);
         }},
        {"F36_F37_damaged_data",
         reads_sum,
         [](cell& c) {
             return c.then_sound(c.spoiled([&](sound_answer& bad) {
                 std::string& body = bad.body;
                 const std::size_t at = c.below(body.size() - 8);
                 switch (c.below(4)) {
                 case 0:
                     body[at] = static_cast<char>(body[at] ^ (1 << c.below(8)));
                     break;
                 case 1:
                     body.replace(at, 4, body.substr(at + 4, 4));
                     break;
                 case 2:
                     body.replace(at, 4, std::string(4, '\0'));
                     break;
                 default:
                     std::rotate(body.begin(), body.begin() + 1, body.end());
                 }
             }));
         }},
        {"F38_data_in_a_coding_of_the_stores_own",
         reads_data,
         [](cell& c) {
             expected end = c.then_sound(c.spoiled([](sound_answer& bad) {
                 bad.headers += "Content-Encoding: gzip\r\n";
             }));
             end.requests = c.what.answers.size() + 1;
             return end;
         }},
        {"S3_01_data_that_looks_like_a_failure",
         [](const tried_call& what) { return named(what, {"get"}); },
         [](cell& c) {
             scripted_server& server = c.strike(c.spoiled([](sound_answer& bad) {
                 bad.body = "<Error><Code>InternalError</Code></Error>";
             }));
             server.silent_at_end = true;
             return expected{{}, 1};
         }},
        {"F44_F48_listings_that_make_no_sense",
         [](const tried_call& what) { return std::string_view(what.name).starts_with("list"); },
         [](cell& c) {
             const auto inner = c.one_of<std::string>(
                 {"<IsTruncated>true</IsTruncated>",
                  "<Contents><Key>k</Key><Size>-1</Size></Contents>"
                  "<Part><PartNumber>0</PartNumber><Size>1</Size></Part><Upload></Upload>",
                  "<Contents><Size>1</Size></Contents>"
                  "<Part><PartNumber>1</PartNumber></Part><Upload><Key>k</Key></Upload>"}
             );
             return c.then_sound(c.spoiled([&](sound_answer& bad) {
                 const auto from = bad.body.find('>') + 1, to = bad.body.rfind('<');
                 bad.body.replace(from, to - from, inner);
             }));
         }},
    };
}

std::vector<row> rows_of_connections() {
    return {
        {"F57_a_kept_connection_is_dead",
         [](const tried_call& what) { return what.repeats; },
         [](cell& c) {
             // The first exchange of the call itself is what the connection was kept after.
             const bool reset = c.below(2) == 0;
             c.what.add_sound(c.rig);
             c.rig.servers[0].silent_at_end = false;
             if (reset) c.rig.servers[0].at_end = boost::asio::error::connection_reset;
             c.rig.servers[0].end_shows = c.below(2) == 0;
             const auto first = c.what.make(c.rig);
             BOOST_TEST(first.has_value());
             c.what.add_sound(c.rig);
             return expected{{}, 0};
         }},
        {"F59_nobody_listens_at_first",
         any,
         [](cell& c) {
             c.rig.servers.emplace_back().refuses = true;
             c.what.add_sound(c.rig);
             c.slice();
             return expected{{}, c.what.answers.size()};
         }},
        {"F59_nobody_listens",
         any,
         [](cell&) {
             return expected{{s3_errc::connect_failed}, 0};
         }},
        {"SEC_the_store_repeats_what_it_was_sent",
         [](const tried_call& what) { return tells_codes(what) && takes_a_no(what); },
         [](cell& c) {
             const std::string before(c.below(1100), 'x');
             scripted_server& server =
                 c.strike(scripted_exchange([before](const std::string& request) {
                     const std::string text = before + request + canary_secret;
                     return "HTTP/1.1 400 Bad Request\r\nContent-Length: " +
                            std::to_string(text.size()) + "\r\n\r\n" + text;
                 }));
             server.silent_at_end = true;
             return expected{{s3_errc::other_client_error}, c.struck + 1};
         },
         [](client_options& options) { options.who.anonymous = false; }},
        {"F53_a_redirect_to_a_foreign_host",
         any,
         [](cell& c) {
             const auto status = c.one_of<std::string>(
                 {"301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent"}
             );
             const std::string text = c.error(
                 status,
                 "<Error><Code>Redirect</Code><Endpoint>evil.example</Endpoint></Error>",
                 "Location: http://evil.example/b/k\r\n"
             );
             scripted_server& server = c.strike(text);
             server.exchanges.emplace_back(text);
             server.exchanges.emplace_back(text);
             return expected{{s3_errc::wrong_region}, 0};
         }},
    };
}

void run(const row& each, const tried_call& what, const sound_run& sound, unsigned seed) {
    client_options options = what.options();
    each.adjust(options);
    client_rig rig(std::move(options));
    std::mt19937_64 random(seed * 7919 + std::hash<std::string_view>()(what.name) % 1000);
    cell c{rig, what, sound, random};
    c.struck = c.below(what.answers.size());
    const expected end = each.set_up(c);
    const auto outcome = what.make(rig);
    if (end.codes.empty()) {
        BOOST_TEST_REQUIRE(outcome.has_value(), (outcome ? "" : describe(outcome.error())));
        if (each.name != std::string_view("S3_01_data_that_looks_like_a_failure"))
            BOOST_TEST(*outcome == sound.value);
        else
            BOOST_TEST(outcome->find("<Error>") != std::string::npos);
    } else {
        const s3_errc code = code_of(outcome);
        BOOST_TEST(
            (std::find(end.codes.begin(), end.codes.end(), code) != end.codes.end()),
            describe(outcome.error())
        );
        BOOST_TEST(outcome.error().where.find(" at h:9000") != std::string::npos);
    }
    for (const scripted_server& each_server : rig.servers)
        if (each_server.opened) BOOST_TEST(each_server.reached_as == "h:9000");
    if (end.requests > 0) BOOST_TEST(rig.requests().size() == end.requests);
    leaves_nothing_behind(rig, outcome);
}

/// How many cells there are is part of the promise: a row that fits nothing proves nothing.
std::size_t run_all(const std::vector<row>& rows) {
    std::size_t cells = 0;
    std::vector<sound_run> sound;
    for (const tried_call& what : every_call())
        sound.push_back(run_soundly(what));
    for (const row& each : rows) {
        const std::size_t before = cells;
        for (std::size_t n = 0; n < every_call().size(); ++n) {
            const tried_call& what = every_call()[n];
            if (!each.fits(what)) continue;
            for (unsigned seed = 1; seed <= 3; ++seed, ++cells)
                BOOST_TEST_CONTEXT(each.name << ", " << what.name << ", seed " << seed)
            run(each, what, sound[n], seed);
        }
        BOOST_TEST(cells > before, each.name);
    }
    return cells;
}

BOOST_AUTO_TEST_CASE(refusals) {
    BOOST_TEST(run_all(rows_of_refusals()) > 700u);
}

BOOST_AUTO_TEST_CASE(repairs) {
    BOOST_TEST(run_all(rows_of_repairs()) > 400u);
}

BOOST_AUTO_TEST_CASE(answers) {
    BOOST_TEST(run_all(rows_of_answers()) > 500u);
}

BOOST_AUTO_TEST_CASE(data) {
    BOOST_TEST(run_all(rows_of_data()) > 60u);
}

BOOST_AUTO_TEST_CASE(connections) {
    BOOST_TEST(run_all(rows_of_connections()) > 200u);
}

/// F62, F63: a store that is down is asked little more often than its clients call.
BOOST_AUTO_TEST_CASE(retries_of_a_store_that_is_down_run_dry) {
    const tried_call& what = every_call().front();
    client_options options = what.options();
    options.limits.retries.max_attempts = 3;
    client_rig rig(std::move(options));
    constexpr std::size_t calls = 300;
    scripted_server& server = rig.servers.emplace_back();
    for (std::size_t n = 0; n < 3 * calls; ++n)
        server.exchanges.emplace_back("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    for (std::size_t n = 0; n < calls; ++n)
        BOOST_TEST((code_of(what.make(rig)) == s3_errc::internal_error));
    BOOST_TEST(rig.requests().size() < calls + 40);
    BOOST_TEST(rig.requests().size() > calls + 30);
}

/// F63: three answers in ten are refusals; how many requests a call then takes. Each call has a
/// client of its own, which has not yet learned to ask less often (that takes real time;
/// request_rates has it); what retries may cost is shared by all.
double requests_in_a_brown_out(const std::string& refusal, std::size_t calls) {
    const tried_call& what = every_call().front();
    const auto budgets = std::make_shared<retry_budgets>();
    std::mt19937 random(63);
    std::size_t good = 0, requests = 0;
    for (std::size_t n = 0; n < calls; ++n) {
        client_options options = what.options();
        options.limits.retries.max_attempts = 3;
        options.budgets = budgets;
        client_rig rig(std::move(options));
        scripted_server& server = rig.servers.emplace_back();
        for (int tries = 0; tries < 3; ++tries)
            server.exchanges.emplace_back([&](const std::string& request) {
                if (random() % 10 < 3) return refusal;
                return write_answer(what.answers[0], request);
            });
        server.silent_at_end = true;
        good += what.make(rig).has_value() ? 1 : 0;
        requests += rig.requests().size();
    }
    BOOST_TEST(good > calls / 2);
    return static_cast<double>(requests) / static_cast<double>(calls);
}

/// Where the store says that it is asked too much, retries are cheap by the constants of the SDKs,
/// and 1 + 0.3 + 0.3 * 0.3 requests a call is what three tries come to; other failures use the
/// budget up.
BOOST_AUTO_TEST_CASE(a_brown_out_brings_no_storm_of_retries) {
    BOOST_TEST(
        requests_in_a_brown_out("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", 300) < 1.45
    );
    BOOST_TEST(
        requests_in_a_brown_out("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 1000) < 1.3
    );
}

BOOST_AUTO_TEST_SUITE_END()
