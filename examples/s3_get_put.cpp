// An object there and back, with the S3 client alone.
#include <sluice/s3/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <cstdlib>

using namespace sluice;

task<result<std::string>> there_and_back(s3::client& store, std::string bucket, std::string text) {
    const deadline by = deadline::in(std::chrono::seconds(60));
    s3::put_request put;
    put.bucket = bucket;
    put.key = "any bytes/at all";
    put.compute = s3::checksum::kind::crc64nvme;
    s3::memory_source body(as_bytes(text));
    const auto stored = co_await store.put(put, body, by);
    if (!stored) co_return stored.error();

    s3::get_request get;
    get.bucket = bucket;
    get.key = put.key;
    s3::memory_sink back(1 << 20);
    const auto fetched = co_await store.get(get, back, by);
    if (!fetched) co_return fetched.error();
    co_return std::string(as_text(back.bytes()));
}

int report(const failure& why) {
    std::fprintf(stderr, "%s\n", describe(why).c_str());
    return 1;
}

/// usage: s3_get_put ENDPOINT BUCKET TEXT
int main(int count, char** words) {
    if (count != 4) return 2;
    boost::asio::io_context context;
    const s3::environment env = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    const auto where = s3::parse_endpoint(words[1]);
    if (!where) return report(where.error());
    const auto provider = s3::create_credential_chain(context.get_executor(), env, {});
    if (!provider) return report(provider.error());
    s3::client_options options;
    options.where = *where;
    options.provider = *provider;
    const auto store = s3::create_client(context.get_executor(), std::move(options));
    if (!store) return report(store.error());
    int status = 1;
    boost::asio::co_spawn(
        context,
        there_and_back(**store, words[2], words[3]),
        [&](std::exception_ptr, result<std::string> back) {
            status = back ? 0 : report(back.error());
            if (back) std::printf("%s\n", back->c_str());
        }
    );
    context.run();
    return status;
}
