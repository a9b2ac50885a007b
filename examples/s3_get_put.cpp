// An object there and back, with the S3 client alone. Usage: s3_get_put ENDPOINT BUCKET TEXT
#include <sluice/s3/client.hpp>
#include <sluice/s3/process_environment.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>

using namespace sluice;

task<result<std::string>> there_and_back(any_io_executor on, char** words) {
    s3::client_options options;
    const auto where = s3::parse_endpoint(words[1]);
    if (!where) co_return where.error();
    options.where = *where;
    const auto provider = s3::create_credential_chain(on, s3::process_environment(), {});
    if (!provider) co_return provider.error();
    options.provider = *provider;
    const auto store = s3::create_client(on, std::move(options));
    if (!store) co_return store.error();

    const deadline by = deadline::in(std::chrono::seconds(60));
    const s3::put_request put{.bucket = words[2], .key = "any bytes/at all"};
    s3::memory_source body(as_bytes(words[3]));
    const auto stored = co_await (*store)->put(put, body, by);
    if (!stored) co_return stored.error();
    const s3::get_request get{.bucket = put.bucket, .key = put.key};
    s3::memory_sink back(1 << 20);
    const auto fetched = co_await (*store)->get(get, back, by);
    if (!fetched) co_return fetched.error();
    co_return std::string(as_text(back.bytes()));
}

int main(int, char** words) {
    boost::asio::io_context context;
    result<std::string> back;
    auto work = there_and_back(context.get_executor(), words);
    boost::asio::co_spawn(context, std::move(work), [&](auto, auto made) { back = made; });
    context.run();
    std::fprintf(back ? stdout : stderr, "%s\n", (back ? *back : describe(back.error())).c_str());
    return back ? 0 : 1;
}
