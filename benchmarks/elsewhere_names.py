"""Names of many countries for `benchmarks/elsewhere_world.py`: common words, the most common ones first.

Written down from general knowledge, put together at random: nobody in it is real. Behind a colon or a bar stand other
spellings, behind a star how many of a hundred have the name.
"""

from __future__ import annotations

BRAZIL = (
    """
maria jose ana joao antonio francisco carlos paulo pedro lucas luiz marcos luis gabriel rafael francisca daniel
marcelo bruno eduardo felipe adriana juliana marcia fernanda patricia aline sandra camila amanda bruna jessica
leticia julia luciana vanessa mariana gustavo rodrigo thiago leonardo vitória sebastião conceição joão antônia
césar
""",
    """
silva santos oliveira souza rodrigues ferreira alves pereira lima gomes costa ribeiro martins carvalho almeida
lopes soares fernandes vieira barbosa rocha dias nascimento andrade moreira nunes marques machado mendes freitas
cardoso ramos gonçalves santana teixeira araújo pinto cavalcanti moura batista campos monteiro correia melo
barros araripe brandão figueiredo guimarães queiroz sampaio tavares vasconcelos xavier azevedo bezerra coelho
duarte fonseca
""",
)
GERMAN = (
    """
peter michael thomas andreas wolfgang klaus jürgen günter stefan christian uwe werner horst frank dieter manfred
maria ursula monika petra elisabeth sabine renate helga karin brigitte ingrid erika andrea gisela claudia
susanne gabriele christa christine hildegard anna birgit barbara jörg björn käthe bärbel heike ute anja nicole
stefanie julia katharina tobias sebastian florian felix lukas jonas leon paul maximilian hannah lena laura lea
sophie marie sören rüdiger
""",
    """
müller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schäfer koch bauer richter klein wolf
schröder neumann schwarz zimmermann braun krüger hofmann hartmann lange schmitt werner schmitz krause meier
lehmann schmid schulze maier köhler herrmann könig walter mayer huber kaiser fuchs peters lang scholz möller
weiß jung hahn schubert vogel friedrich keller günther frank berger winkler roth beck lorenz baumann franke
albrecht schuster simon ludwig böhm winter kraus martin schumacher krämer vogt stein jäger otto sommer groß
seidel heinrich brandt haas schreiber graf schulte dietrich ziegler kuhn kühn pohl engel horn busch bergmann
thomas voigt sauer arnold wolff pfeiffer großmann löwe börner
""",
)
SPANISH = (
    """
maria carmen ana josefa isabel dolores pilar teresa laura cristina marta lucia elena paula antonio jose manuel
francisco juan david javier daniel carlos jesus alejandro miguel rafael pedro angel pablo sergio fernando jorge
luis alberto álvaro andrés raúl rubén iván óscar adrián inés belén rocío mónica sofía martín nuria alba irene
beatriz silvia rosa
""",
    """
garcía rodríguez gonzález fernández lópez martínez sánchez pérez gómez martín jiménez ruiz hernández díaz moreno
muñoz álvarez romero alonso gutiérrez navarro torres domínguez vázquez ramos gil ramírez serrano blanco molina
morales suárez ortega delgado castro ortiz rubio marín sanz núñez iglesias medina garrido cortés castillo santos
lozano guerrero cano prieto méndez cruz calvo gallego vidal león márquez herrera peña flores cabrera campos vega
fuentes carrasco diez
""",
)
DUTCH = (
    """
jan johannes maria anna cornelis hendrik willem pieter jacob gerrit dirk hans peter sophie emma julia lotte
sanne fleur lisa eva daan sem lucas levi finn luuk bram thijs jesse ruben thomas lars tim niels bas wouter
jeroen marloes anouk ilse femke marieke esther annemarie joost koen maarten sander
""",
    """
de jong|jansen|de vries|van den berg|van dijk|bakker|janssen|visser|smit|meijer|de boer|mulder|de
groot|bos|vos|peters|hendriks|van leeuwen|dekker|brouwer|de wit|dijkstra|smits|de graaf|van der
meer|van der linden|kok|jacobs|de haan|vermeulen|van den heuvel|van der veen|van den broek|de bruijn|
de bruin|van der heijden|schouten|van beek|willems|van vliet|van de ven|hoekstra|maas|verhoeven|
koster|van dam|van der wal|prins|blom|huisman|peeters|de jonge|kuipers|van veen|kuiper|post|kramer|
van den brink|scholten|van wijk|postma|martens|vink|van der velde
""",
)
CHINESE = (
    """
伟:wei 芳:fang 娜:na 秀英:xiuying 敏:min 静:jing 丽:li 强:qiang 磊:lei 军:jun
洋:yang 勇:yong 艳:yan 杰:jie 娟:juan 涛:tao 明:ming 超:chao 秀兰:xiulan 霞:xia
平:ping 刚:gang 桂英:guiying 建华:jianhua 建国:jianguo 志强:zhiqiang 晓明:xiaoming
海燕:haiyan 丽华:lihua 文:wen 子轩:zixuan 雨桐:yutong 浩然:haoran 欣怡:xinyi 梓涵:zihan
俊杰:junjie 婷婷:tingting 雪梅:xuemei 国强:guoqiang 淑珍:shuzhen
""",
    """
王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 赵:zhao 吴:wu 周:zhou 徐:xu
孙:sun 马:ma 朱:zhu 胡:hu 郭:guo 何:he 林:lin 高:gao 罗:luo 郑:zheng 梁:liang 谢:xie
宋:song 唐:tang 许:xu 邓:deng 韩:han 冯:feng 曹:cao 彭:peng 曾:zeng 肖:xiao 田:tian
董:dong 潘:pan 袁:yuan
""",
)
ARABIC = (
    """
mohammed/muhammad/mohamed/mohammad/muhammed ahmed/ahmad/achmed ali/aly omar/umar hassan/hasan
hussein/husain/hussain/hossein khaled/khalid youssef/yusuf/yousef/yusef ibrahim/ebrahim abdullah/abdallah
abdulrahman/abdelrahman/abdul rahman mahmoud/mahmud mustafa/mostafa/moustafa fatima/fatma/fatimah
aisha/aysha/aicha mariam/maryam/miriam zainab/zaynab/zeinab khadija/khadijah noor/nour/nur layla/leila/laila
sara/sarah huda/hoda amina/aminah salma/selma yasmin/yasmine/jasmin tariq/tarek/tarik karim/kareem
said/saeed/sayed rashid/rasheed/rachid bilal/belal samir/sameer jamal/gamal nabil/nabeel walid/waleed
faisal/faysal hamza/hamzah rania/raniya dina/deena
""",
    """
al masri/el masry/almasri al sayed/el sayed/alsayed hassan/hasan ibrahim/ebrahim mahmoud/mahmud al khatib/el
khatib/alkhateeb saleh/salih haddad/hadad al najjar/el naggar/alnajar mansour/mansur nasser/naser
suleiman/sulaiman/soliman qasim/kassem/qassem khalil/khaleel al ahmad/alahmad/el ahmed othman/osman/uthman
hamdan/hemdan al rashid/al rasheed/elrashid shaheen/shahin younis/yunis/younes darwish/darwich al
qahtani/alqahtani/al kahtani al harbi/alharbi farouk/faruq ghanem/ganim bakr/bakir zidan/zidane abbas/abas
taha/tahha jaber/jabir odeh/awda
""",
)
KOREAN = (
    """
민준:minjun/min-jun 서연:seoyeon/seo-yeon 지훈:jihoon/ji-hun 지우:jiwoo/ji-u
서준:seojun/seo-joon 예준:yejun/ye-jun 하은:haeun/ha-eun 현우:hyunwoo/hyeon-u
도윤:doyun/do-yoon 수빈:subin/soo-bin 지민:jimin/ji-min 영희:younghee/yeong-hui
영수:youngsoo/yeong-su 미영:miyoung/mi-yeong 성호:sungho/seong-ho
정숙:jungsook/jeong-suk 은주:eunju/eun-joo 상훈:sanghoon/sang-hun
진우:jinwoo/jin-u 혜진:hyejin/hye-jin 동현:donghyun/dong-hyeon 준호:junho/jun-ho
유진:yujin/yoo-jin 승현:seunghyun/seung-hyeon
""",
    """
김:kim 이:lee/yi 박:park/bak 최:choi/choe 정:jung/jeong 강:kang/gang 조:cho/jo
윤:yoon/yun 장:jang/chang 임:lim/im 한:han 오:oh/o 서:seo/suh 신:shin/sin
권:kwon/gwon 황:hwang 안:ahn/an 송:song 류:ryu/yoo 전:jeon/chun 홍:hong 고:ko/go
문:moon/mun 양:yang
""",
)
INDIAN = (
    """
rajesh ramesh suresh mahesh sanjay vijay ajay anil sunil ravi krishna lakshmi priya anjali deepa kavita sunita
geeta sita radha meena arun kumar prakash srinivas venkatesh murugan karthik senthil divya pooja neha rahul amit
rohit vikram arjun manoj dinesh ganesh mohan gopal harish naveen praveen satish usha shanti kamala padma
""",
    """
kumar sharma singh patel reddy nair iyer rao gupta verma mehta shah das ghosh bose mukherjee banerjee chatterjee
pillai menon naidu choudhary yadav mishra pandey joshi desai kulkarni deshmukh patil jain agarwal khan ansari
subramanian krishnan venkataraman narayanan raman swamy murthy gowda shetty hegde
""",
)
VIETNAMESE = (
    """
anh hương linh thảo hà hoa lan mai ngọc phương thu trang tuấn minh hùng dũng cường đức hải nam long quang thành
sơn tùng việt hiếu khánh vy như quỳnh yến nga tâm bình phúc lộc thịnh
""",
    """
nguyễn*38 trần*11 lê*10 phạm*7 hoàng*5 huỳnh*5 phan*5 vũ*4 võ*4 đặng*2 bùi*2 đỗ*2 hồ ngô dương lý
""",
)
ENGLISH = (
    """
james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan joseph
jessica thomas sarah charles karen christopher lisa daniel nancy matthew betty anthony margaret mark sandra
donald ashley steven kimberly paul emily andrew donna joshua michelle kenneth carol kevin amanda brian melissa
george deborah timothy stephanie ronald rebecca edward sharon jason laura jeffrey cynthia ryan kathleen jacob
amy gary angela nicholas shirley eric anna
""",
    """
smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson
anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson
walker young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell
mitchell carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris
morales murphy cook rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward
richardson watson brooks chavez wood bennett gray mendoza ruiz hughes
""",
)
STREETS = """
main oak park elm maple cedar lake hill washington church high mill river spring ridge walnut chestnut pine
victoria station green manor kings queens albert george london york grove orchard meadow forest sunset valley
garden bridge canal market castle abbey college school windsor mary linden birch willow ash beech hazel holly
ivy juniper laurel magnolia
"""
