// s3sim: counters, faults, and what is in the store, as JSON.
#include "io/admin.hpp"

#include "core/uri_text.hpp"

#include <sluice/base/text.hpp>

namespace sluice::sim {

namespace admin_detail {

answer text_answer(unsigned status, std::string_view type, std::string body) {
    answer out;
    out.status = status;
    out.headers.emplace_back("Content-Type", type);
    out.body = std::move(body);
    return out;
}

answer json_answer(std::string body) {
    return text_answer(200, "application/json", std::move(body));
}

answer empty() {
    answer out;
    out.status = 204;
    return out;
}

/// `"key":…`, and percent-encoded as "key_encoded" where it is no UTF-8.
void put_key(std::string& to, const std::string& bucket, const std::string& key) {
    to += "{\"bucket\":";
    append_json_string(to, bucket);
    to += is_utf8(key) ? ",\"key\":" : ",\"key_encoded\":";
    append_json_string(to, is_utf8(key) ? key : uri_encode(key, true));
}

std::string upload_json(const std::string& bucket, const upload& one) {
    std::string out;
    put_key(out, bucket, one.key);
    out += ",\"upload_id\":\"" + one.id + "\",\"initiated\":\"" + xml_date(one.initiated) +
           "\",\"parts\":[";
    bool first = true;
    for (const auto& [number, stored] : one.parts) {
        out += first ? "" : ",";
        first = false;
        out += "{\"number\":" + std::to_string(number) +
               ",\"size\":" + std::to_string(stored->size) + ",\"etag\":\"" + stored->etag + "\"}";
    }
    return out + "]}";
}

std::string object_json(const std::string& bucket, const std::string& key, const object& one) {
    std::string out;
    put_key(out, bucket, key);
    return out + ",\"size\":" + std::to_string(one.size) + ",\"etag\":\"" + one.etag +
           "\",\"pieces\":" + std::to_string(one.pieces.size()) + '}';
}

void add_line(std::string& to, const std::string& line) {
    to += to.size() > 1 ? ",\n" : "";
    to += line;
}

std::string uploads_text(const store& from) {
    std::string out = "[";
    from.visit([&out](const bucket_map& buckets) {
        for (const auto& [name, one] : buckets) {
            for (const auto& [id, open] : one.uploads)
                add_line(out, upload_json(name, open));
        }
    });
    return out + "]\n";
}

std::string objects_text(const store& from) {
    std::string out = "[";
    from.visit([&out](const bucket_map& buckets) {
        for (const auto& [name, one] : buckets) {
            for (const auto& [key, stored] : one.objects)
                add_line(out, object_json(name, key, *stored));
        }
    });
    return out + "]\n";
}

answer change_faults(site& here, std::string_view body, bool keep_others) {
    auto rules = parse_fault_rules(body);
    if (!rules) return text_answer(400, "text/plain", rules.error().where + '\n');
    here.set_faults(std::move(*rules), keep_others);
    return json_answer(here.faults_document());
}

answer change_scenario(site& here, std::string_view body, bool put) {
    if (!put) {
        here.play_first();
        return empty();
    }
    scenario next;
    if (auto read = add_scenario(next, body); !read)
        return text_answer(400, "text/plain", read.error().where + '\n');
    here.play(std::move(next));
    return json_answer(scenario_document(*here.current()));
}

answer faults(site& here, std::string_view method, std::string_view body) {
    if (method == "GET") return json_answer(here.faults_document());
    if (method == "DELETE") {
        here.set_faults({}, false);
        return empty();
    }
    return change_faults(here, body, method == "POST");
}

} // namespace admin_detail

answer administer(site& here, std::string_view method, const target& where, std::string_view body) {
    using namespace admin_detail;
    const auto what = std::string_view(where.path).substr(admin_prefix.size());
    const bool get = method == "GET";
    if (what == "faults" && (get || method == "PUT" || method == "POST" || method == "DELETE")) {
        return faults(here, method, body);
    }
    if (what == "counters" && get) return json_answer(here.counters_text());
    if (what == "counters" && method == "DELETE") {
        here.reset_counters();
        return empty();
    }
    if (what == "scenario" && get) return json_answer(scenario_document(*here.current()));
    if (what == "scenario" && (method == "PUT" || method == "DELETE"))
        return change_scenario(here, body, method == "PUT");
    if (what == "uploads" && method == "DELETE") {
        here.things().abort_all_uploads();
        return empty();
    }
    if (what == "uploads" && get) return json_answer(uploads_text(here.things()));
    if (what == "objects" && get) return json_answer(objects_text(here.things()));
    return text_answer(
        404,
        "text/plain",
        "the simulator has counters, faults, scenario, uploads and objects here\n"
    );
}

} // namespace sluice::sim
